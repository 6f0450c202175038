// Work that is not waited for any longer than a deadline.
import { setImmediate } from 'node:timers';
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';

/** @throws what the work throws; what `late` makes, once the time is over. */
export async function withinDeadline<Output>(
  work: PromiseLike<Output>,
  deadlineMs: number,
  late: () => Error,
): Promise<Output> {
  let timer: Timer | undefined;
  const over = new Promise<never>((_, reject) => {
    // Where the event loop was blocked past the deadline, what has come meanwhile is read first.
    timer = setTimer(() => setImmediate(() => reject(late())), deadlineMs);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimer(timer);
  }
}
