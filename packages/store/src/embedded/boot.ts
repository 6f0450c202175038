// Which boot of the machine this is.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The same in all processes until the machine starts again. Where it cannot be told, it is the same for ever. */
export function bootId(): string {
  known ??= find()
    .trim()
    .toLowerCase()
    .replace(/[^0-9a-z]/g, '')
    .slice(0, 16);
  return known;
}

let known: string | undefined;

function find(): string {
  try {
    if (process.platform === 'linux') {
      return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1');
    }
    if (process.platform === 'darwin') {
      return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' });
    }
  } catch {
    // A /proc that is hidden, say.
  }
  return 'unknown';
}
