// The end of a wait: by its time, by its caller, or by the end of the store.

interface Racer {
  readonly reject: (reason: unknown) => void;
  readonly mindsTime: boolean;
}

/** The longest that a timer can take. Longer is for ever, as far as this process is concerned. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class Wait {
  readonly #signal: AbortSignal | undefined;
  readonly #racers = new Set<Racer>();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onAbort = (): void => this.abort(this.#signal?.reason);
  #aborted: { readonly reason: unknown } | undefined;
  #late: Error | undefined;

  /** @param late makes the error for when the time is over. */
  constructor(waitMs: number, signal: AbortSignal | undefined, late: () => Error) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (waitMs > MAX_TIMER_MS) return;
    this.#timer = setTimeout(() => {
      this.#late = late();
      for (const { reject, mindsTime } of this.#racers) if (mindsTime) reject(this.#late);
    }, waitMs);
  }

  /** Settles as `work` does, or rejects where the wait ends before. */
  race<Output>(work: Promise<Output>, { mindsTime = true } = {}): Promise<Output> {
    return new Promise<Output>((resolve, reject) => {
      const racer = { reject, mindsTime };
      this.#racers.add(racer);
      work.then(resolve, reject).finally(() => this.#racers.delete(racer));
      if (this.#aborted) reject(this.#aborted.reason);
      else if (this.#late && mindsTime) reject(this.#late);
    });
  }

  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    for (const { reject } of this.#racers) reject(reason);
  }

  /** It has come to its end otherwise. */
  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
