// Waits for work no longer than a deadline.
import { setImmediate } from 'node:timers';
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';

/** @throws what `work` throws; the error of `late` when the time is over. */
export async function withinDeadline<Output>(
  work: PromiseLike<Output>,
  deadlineMs: number,
  late: () => Error,
): Promise<Output> {
  let timer: Timer | undefined;
  const over = new Promise<never>((_, reject) => {
    // If the event loop was blocked past the deadline, replies that have arrived meanwhile are read first.
    timer = setTimer(() => setImmediate(() => reject(late())), deadlineMs);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimer(timer);
  }
}
