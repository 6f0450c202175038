// Waits that their caller may end.

import { onAbort } from '@muster/codec/abort-listeners';
import { checkOptions, checkSignal, OPTIONS } from '../../options/strict-options.js';

export interface WaitOptions {
  signal?: AbortSignal | undefined;
}

/** @throws InvalidOptionError, or the reason of a signal that is aborted already */
export function signalOf(call: string, options: WaitOptions | undefined): AbortSignal | undefined {
  checkOptions(call, options, call === 'once()' ? OPTIONS.once : OPTIONS.wait);
  const signal = options?.signal ?? undefined;
  checkSignal(signal);
  signal?.throwIfAborted();
  return signal;
}

/** Settles as what is waited for, or rejects with the reason of a signal. @param closed that of the bus that waits */
export function abortable<Value>(
  call: string,
  options: WaitOptions | undefined,
  wait: () => Promise<Value>,
  closed?: AbortSignal,
): Promise<Value> {
  const signals = [signalOf(call, options), closed].filter((one) => one !== undefined);
  if (signals.length === 0) return wait();
  return new Promise((resolve, reject) => {
    const unlisten = signals.map((signal) => onAbort(signal, () => reject(signal.reason)));
    wait()
      .then(resolve, reject)
      .finally(() => {
        for (const end of unlisten) end();
      });
  });
}
