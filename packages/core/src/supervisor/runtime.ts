// The runtimes that call themselves Node, and have no `node:cluster` that shares a port and a channel as Node's does.
import { UnsupportedRuntimeError } from '../errors.js';

/** @throws UnsupportedRuntimeError on Bun and Deno, where workers would never be ready. */
export function assertNode(versions: Partial<Record<string, string>> = process.versions): void {
  const name = ['bun', 'deno'].find((runtime) => versions[runtime] !== undefined);
  if (name === undefined) return;
  throw new UnsupportedRuntimeError(
    `startCluster() needs Node.js, and this is ${name === 'bun' ? 'Bun' : 'Deno'} ${versions[name]}: its node:cluster cannot ` +
      'do what workers need. Run this program with node.',
  );
}
