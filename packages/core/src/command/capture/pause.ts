// How long a worker stands still for a heap snapshot, by what it reported of its heap.
import type { SlotStatus } from '../../worker-status.js';
import { bytes } from '../view/units.js';

/** Bytes of heap that V8 writes in a second: on a fast machine that does nothing else, and on a slow one. */
const FAST = 30 * 1_048_576;
const SLOW = 5 * 1_048_576;

/** A sentence, for a question. */
export function pauseText({ slot, workers }: Pick<SlotStatus, 'slot' | 'workers'>): string {
  const worker = workers.find(({ state }) => state === 'ready') ?? workers.at(-1);
  const heap = worker?.heapUsedBytes;
  const stands = `Worker ${slot} answers nothing while its heap is written`;
  if (heap === undefined) return `${stands}. It has not said how big its heap is.`;
  return `${stands}: ${secondsFor(heap)}, as its heap has ${bytes(heap)}. It takes several times as much memory meanwhile.`;
}

/** `1 s`, or `4 to 20 s`. */
function secondsFor(heapBytes: number): string {
  const [least, most] = [FAST, SLOW].map((rate) => Math.max(1, Math.ceil(heapBytes / rate)));
  return least === most ? `about ${most} s` : `${least} to ${most} s`;
}
