// Which boot of the machine this is.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * The same in all processes until the machine starts again. Where the system has none, it is the same for ever.
 *
 * @throws the system's error if it cannot be read just now: data of "another boot" would be set aside.
 */
export function bootId(): string {
  known ??= find()
    .trim()
    .toLowerCase()
    .replace(/[^0-9a-z]/g, '')
    .slice(0, 16);
  return known;
}

/** A /proc that is not there, or is kept from this process, stays so. */
const HIDDEN = new Set(['ENOENT', 'EACCES', 'EPERM']);

let known: string | undefined;

function find(): string {
  try {
    if (process.platform === 'linux') {
      return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1');
    }
    if (process.platform === 'darwin') {
      return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' });
    }
  } catch (error) {
    if (!HIDDEN.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  return 'unknown';
}
