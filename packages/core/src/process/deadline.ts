// Waiting with a limit: a time, or a signal.
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';

/** Settles as `promise` does, or rejects with what `late` makes if that takes more than `ms` milliseconds. */
export async function within<Value>(
  ms: number,
  promise: Promise<Value>,
  late: () => Error,
): Promise<Value> {
  let timer: Timer | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimer(() => reject(late()), ms);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimer(timer);
  }
}

/** Settles when `promise` does, or after `ms` milliseconds. Rejects only with `promise`. */
export async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: Timer | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimer(resolve, ms);
  });
  try {
    await Promise.race([promise, over]);
  } finally {
    clearTimer(timer);
  }
}

/** Settles as `promise` does, or rejects with the reason of `signal` when that is aborted first. */
export function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
