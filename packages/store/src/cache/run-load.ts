// One call of a load, bounded in time, with a signal that is never aborted after the load has settled.
import { onAbort } from '@muster/codec/abort-listeners';
import { clearTimer, setTimer } from '@muster/codec/timers';
import type { CloseSignal } from '../api/close-signal.js';
import { LoadTimeoutError } from '../errors.js';
import type { LoadContext } from './contract.js';

export type Load = (context: LoadContext) => unknown;

interface Bounds {
  /** Aborted when no call wants the value any more: then the load is not waited for. */
  readonly signal: AbortSignal | undefined;
  /** Aborted when another process has taken over: the load's signal is aborted, but its value is still waited for. */
  readonly lost: AbortSignal | undefined;
  /** After this time the load is not waited for; may be `Infinity`. */
  readonly timeoutMs: number;
  /** When the store is closed, the load is not waited for. */
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
  const unlisten = [
    signal && onAbort(signal, () => leave(signal.reason)),
    lost && onAbort(lost, () => controller.abort(lost.reason)),
  ];
  const timer = setTimer(() => leave(new LoadTimeoutError(key, timeoutMs)), timeoutMs);
  const { signal: its } = controller;
  try {
    return await Promise.race([(async () => load({ key, signal: its }))(), left]);
  } finally {
    clearTimer(timer);
    stopWaiting();
    for (const end of unlisten) end?.();
  }
}
