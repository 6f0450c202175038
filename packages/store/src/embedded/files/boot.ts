// The id of the current boot of the machine.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * It is the same in all processes until the machine is rebooted. If the system has no such id, it never changes.
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

/** Errors of a /proc that does not exist, or is hidden from this process: that does not change. */
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
