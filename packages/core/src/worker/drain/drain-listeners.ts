// The app's own listeners for a drain.
import { sharedByCopies } from '../../process/shared-by-copies.js';

type DrainListener = () => unknown;

const listeners = sharedByCopies('drain-listeners', () => new Set<DrainListener>());

/**
 * Calls `listener` when this worker drains, and waits for the promise that it may return. Close there what no server closes
 * (event streams, WebSockets, raw TCP connections, queues, timers). Returns a function that removes the listener. Outside a
 * cluster the listener is never called.
 *
 * @example
 * onDrain(() => queue.close());
 */
export function onDrain(listener: DrainListener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function drainListeners(): readonly DrainListener[] {
  return [...listeners];
}
