// One call of a load: bounded in time, and with a signal that says nothing any more once the load has settled.
import { clearTimer, setTimer } from '@muster/codec/timers';
import type { CloseSignal } from '../api/close-signal.js';
import { LoadTimeoutError } from '../errors.js';
import type { LoadContext } from './contract.js';

export type Load = (context: LoadContext) => unknown;

interface Bounds {
  /** Aborted when nobody wants the value any more: then it is not waited for. */
  readonly signal: AbortSignal | undefined;
  /** Aborted when another process loads it instead: the load is told, and waited for, as its value is as good. */
  readonly lost: AbortSignal | undefined;
  /** Then it is not waited for; `Infinity`. */
  readonly timeoutMs: number;
  /** When the store is closed, it is not waited for any more. */
  readonly closeSignal: CloseSignal;
}

/** @throws what `load` throws; the reason of `signal`; LoadTimeoutError; StoreClosedError */
export async function runLoad(load: Load, key: string, bounds: Bounds): Promise<unknown> {
  const { signal, lost, timeoutMs, closeSignal } = bounds;
  signal?.throwIfAborted();
  const controller = new AbortController();
  let leave = (_reason: unknown): void => {};
  const left = new Promise<never>((_, reject) => {
    leave = (reason) => {
      controller.abort(reason);
      reject(reason);
    };
  });
  const stopWaiting = closeSignal.wait(leave);
  const giveUp = (): void => leave(signal?.reason);
  const tell = (): void => controller.abort(lost?.reason);
  signal?.addEventListener('abort', giveUp, { once: true });
  lost?.addEventListener('abort', tell, { once: true });
  const timer = setTimer(() => leave(new LoadTimeoutError(key, timeoutMs)), timeoutMs);
  const { signal: its } = controller;
  try {
    return await Promise.race([(async () => load({ key, signal: its }))(), left]);
  } finally {
    clearTimer(timer);
    stopWaiting();
    signal?.removeEventListener('abort', giveUp);
    lost?.removeEventListener('abort', tell);
  }
}
