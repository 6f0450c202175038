// The calls to a slot that wait for their result.
import type { Removal } from '../../cluster-extension.js';
import type { SlotReplaceOptions } from './contract.js';

/** The worker to be replaced is no longer there. */
export class AlreadyReplaced extends Error {}

interface PendingCall {
  readonly options: SlotReplaceOptions;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  #lastId = 0;

  /**
   * @param ask passes the call to the slot, with its id
   * @param abort is called when the signal of the options is aborted
   */
  call<Result>(
    options: SlotReplaceOptions,
    ask: (id: number) => void,
    abort: (id: number) => void = () => {},
  ): Promise<Result> {
    this.#lastId += 1;
    const id = this.#lastId;
    const aborted = () => abort(id);
    options.signal?.addEventListener('abort', aborted, { once: true });
    return new Promise<Result>((resolve, reject) => {
      this.#calls.set(id, { options, resolve: resolve as PendingCall['resolve'], reject });
      ask(id);
    }).finally(() => {
      this.#calls.delete(id);
      options.signal?.removeEventListener('abort', aborted);
    });
  }

  options(id: number | undefined): SlotReplaceOptions {
    return (id === undefined ? undefined : this.#calls.get(id)?.options) ?? {};
  }

  /** How the old worker goes, as the caller says at this moment. */
  removal(id: number | undefined): Removal {
    const { then = 'drain' } = this.options(id);
    return typeof then === 'function' ? then() : then;
  }

  resolve(id: number | undefined, value: unknown): void {
    if (id !== undefined) this.#calls.get(id)?.resolve(value);
  }

  reject(id: number, reason: unknown): void {
    this.#calls.get(id)?.reject(reason);
  }
}
