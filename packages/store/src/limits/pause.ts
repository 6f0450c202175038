// Waits for a time, or until a signal is aborted or the store is closed.
import { performance } from 'node:perf_hooks';
import { onAbort } from '@muster/codec/abort-listeners';
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';
import type { CloseSignal } from '../api/close-signal.js';

/**
 * Resolves after that long, not a moment earlier. Keeps the process alive meanwhile.
 *
 * @throws the reason of the signal; StoreClosedError
 */
export async function pause(
  ms: number,
  signal: AbortSignal | undefined,
  closeSignal: CloseSignal,
): Promise<void> {
  const until = performance.now() + ms;
  signal?.throwIfAborted();
  let timer: Timer | undefined;
  let fail = (_reason: unknown): void => {};
  const stopWaiting = closeSignal.wait((reason) => fail(reason));
  const unlisten = signal && onAbort(signal, () => fail(signal.reason));
  try {
    await new Promise<void>((resolve, reject) => {
      fail = reject;
      const look = (): void => {
        const left = until - performance.now();
        if (left > 0) timer = setTimer(look, Math.ceil(left));
        else resolve();
      };
      look();
    });
  } finally {
    clearTimer(timer);
    stopWaiting();
    unlisten?.();
  }
}
