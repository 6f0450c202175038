// What a worker can do to its primary by writing to the channel itself.

import type { Worker } from 'node:cluster';

const guarded = new WeakSet<object>();

/**
 * Keeps what a worker writes past Node, to the bare file descriptor, from ending the primary: Node parses
 * each line of the channel where an exception has nobody above it to catch it. Such a channel cannot be read
 * any further, so that its worker is killed. The handle is Node's own affair; where a version of it keeps
 * that elsewhere, the primary is as it is without the bus.
 */
export function guardChannel(child: Worker['process']): void {
  const key = Object.getOwnPropertySymbols(child).find(
    (one) => one.description === 'kChannelHandle',
  );
  const handle = key && (child as unknown as Record<symbol, { onread?: unknown } | null>)[key];
  const read = handle?.onread;
  if (!handle || typeof read !== 'function' || guarded.has(handle)) return;
  guarded.add(handle);
  handle.onread = function (this: unknown, ...chunk: unknown[]): unknown {
    try {
      return read.apply(this, chunk);
    } catch {
      child.kill('SIGKILL');
      return undefined;
    }
  };
}
