/**
 * `lstat()` and `fstat()` for paths that may be sockets or FIFOs.
 *
 * Node keeps the result of the last synchronous stat in one shared array, and its `realpathSync()`, by which `import()`
 * finds modules, stops half-way if the array says "socket" or "FIFO" (lib/fs.js, `statValues`). With the links of a package
 * manager, no module would be found from then on. So each stat here is followed by one of a folder.
 */
import { fstatSync, lstatSync, type Stats, statSync } from 'node:fs';

/** `undefined` if the path does not exist. */
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
