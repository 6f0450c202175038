// A wait that ends by a timeout, by a signal of its caller, or when the store is closed.

import { performance } from 'node:perf_hooks';
import { onAbort } from '@muster/codec/abort-listeners';
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';

interface Racer {
  readonly reject: (reason: unknown) => void;
  readonly heedsTimeout: boolean;
}

export class Wait {
  readonly #waitMs: number;
  readonly #late: () => Error;
  readonly #startedAt = performance.now();
  readonly #racers = new Set<Racer>();
  readonly #unlisten: (() => void) | undefined;
  #timer: Timer | undefined;
  /** Why it is over: for all races, or (`#timeout`) for those that heed the timeout. */
  #aborted: { readonly reason: unknown } | undefined;
  #timeout: Error | undefined;

  /** @param late creates the error of the timeout. */
  constructor(waitMs: number, signal: AbortSignal | undefined, late: () => Error) {
    this.#waitMs = waitMs;
    this.#late = late;
    this.#unlisten = signal && onAbort(signal, () => this.abort(signal.reason));
  }

  /** Settles as `work` does, or rejects if the wait ends first. */
  race<Output>(work: Promise<Output>, { heedsTimeout = true } = {}): Promise<Output> {
    return new Promise<Output>((resolve, reject) => {
      const racer = { reject, heedsTimeout };
      this.#racers.add(racer);
      work.then(
        (output) => {
          this.#racers.delete(racer);
          resolve(output);
        },
        (error) => {
          this.#racers.delete(racer);
          reject(error);
        },
      );
      if (this.#aborted) reject(this.#aborted.reason);
      else if (heedsTimeout) this.#heedTimeout(reject);
    });
  }

  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    for (const { reject } of this.#racers) reject(reason);
  }

  /** Frees the timer and the listener. */
  end(): void {
    clearTimer(this.#timer);
    this.#unlisten?.();
  }

  #heedTimeout(reject: Racer['reject']): void {
    if (this.#timeout) reject(this.#timeout);
    else if (!this.#timer) {
      const left = this.#waitMs - (performance.now() - this.#startedAt);
      this.#timer = setTimer(() => this.#timeUp(), Math.max(left, 0));
    }
  }

  #timeUp(): void {
    this.#timeout = this.#late();
    for (const { reject, heedsTimeout } of this.#racers) if (heedsTimeout) reject(this.#timeout);
  }
}
