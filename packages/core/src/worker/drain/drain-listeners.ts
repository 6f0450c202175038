// What the app wants to do when its worker is to end.
import { sharedByCopies } from '../../process/shared-by-copies.js';

type DrainListener = () => unknown;

const listeners = sharedByCopies('drain-listeners', () => new Set<DrainListener>());

/**
 * Calls `listener` when this worker is to end, and waits for the promise that it may return: close what no
 * server closes (event streams, WebSockets, raw TCP connections, queues, timers). Returns what takes the listener back.
 */
export function onDrain(listener: DrainListener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function drainListeners(): readonly DrainListener[] {
  return [...listeners];
}
