// One load that is under way in this process, for all calls that wait for it.

import { onAbort } from '@muster/codec/abort-listeners';

/** The result of a load: the text of the value. */
export type LoadedText = { readonly text: string };

export class SingleFlight {
  readonly #controller = new AbortController();
  readonly #loaded: Promise<LoadedText>;
  /** The id of its lease while it loads, and the versions of its tags. */
  loading:
    | { readonly id: string; readonly tags: ReadonlyMap<string, string | undefined> }
    | undefined;

  /** @param load starts the load; its signal is aborted when no call waits any more. */
  constructor(load: (flight: SingleFlight, signal: AbortSignal) => Promise<LoadedText>) {
    this.#loaded = load(this, this.#controller.signal);
    // If all calls have left, nobody handles a rejection.
    this.#loaded.catch(() => {});
  }

  /** Abandons the load: no call wants its value any more. */
  giveUp(): void {
    this.#controller.abort(new DOMException('Nobody waits for the load', 'AbortError'));
  }

  get isGivenUp(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Waits for the load. @throws what the load throws; the reason of the signal. */
  async join(signal: AbortSignal | undefined): Promise<LoadedText> {
    if (!signal) return this.#loaded;
    let stay = (): void => {};
    try {
      const left = new Promise<never>((_, reject) => {
        const leave = () => reject(signal.reason);
        if (signal.aborted) leave();
        else stay = onAbort(signal, leave);
      });
      return await Promise.race([this.#loaded, left]);
    } finally {
      stay();
    }
  }
}
