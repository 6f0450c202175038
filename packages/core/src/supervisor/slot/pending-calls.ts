// Those who asked a slot for something, and wait for it.
import type { Removal } from '../../cluster-extension.js';
import type { SlotReplaceOptions } from './contract.js';

/** What was to be replaced is not there any more. */
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
   * @param ask tells the slot, with the id of the caller
   * @param abort tells it that the signal of the options is aborted
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

  /** What is to become of the worker before, as the caller says at this moment. */
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
