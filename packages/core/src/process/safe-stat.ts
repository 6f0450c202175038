/**
 * `lstat()` and `fstat()` of what may be a socket or a FIFO.
 *
 * Node keeps the numbers of the last synchronous stat in one array for all, and its `realpathSync()`, by which `import()`
 * finds modules, stops half-way where they say "socket" or "FIFO" (lib/fs.js, `statValues`): with the links of a package
 * manager nothing would be found from then on. So each look here is followed by one at a folder.
 */
import { fstatSync, lstatSync, type Stats, statSync } from 'node:fs';

/** `undefined` where there is nothing. */
export function lstatOf(path: string): Stats | undefined {
  return look(() => lstatSync(path, { throwIfNoEntry: false }));
}

export function fstatOf(descriptor: number): Stats {
  return look(() => fstatSync(descriptor));
}

function look<Found>(stat: () => Found): Found {
  try {
    return stat();
  } finally {
    statSync('/');
  }
}
