// Waits for a time, until a signal or the end of the store says otherwise.
import { performance } from 'node:perf_hooks';
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';

/** The pauses of one store. One that is under way keeps its process alive. */
export class Pauses {
  readonly #ends = new Set<(reason: unknown) => void>();
  #closed: { readonly reason: unknown } | undefined;

  /** Resolves after that long, not a moment earlier. @throws the reason of the signal, or of `close` */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const until = performance.now() + ms;
      let timer: Timer | undefined;
      const settle = (): void => {
        clearTimer(timer);
        this.#ends.delete(fail);
        signal?.removeEventListener('abort', abort);
      };
      const fail = (reason: unknown): void => {
        settle();
        reject(reason);
      };
      const abort = (): void => fail(signal?.reason);
      const look = (): void => {
        const left = until - performance.now();
        if (left > 0) timer = setTimer(look, Math.ceil(left));
        else {
          settle();
          resolve();
        }
      };
      look();
      this.#ends.add(fail);
      signal?.addEventListener('abort', abort, { once: true });
      if (this.#closed) fail(this.#closed.reason);
      else if (signal?.aborted) abort();
    });
  }

  /** Ends all that are under way, and whichever come. */
  close(reason: unknown): void {
    this.#closed ??= { reason };
    for (const end of this.#ends) end(reason);
  }
}
