// The engine in memory of one store.

import { textOfThrown } from '@muster/codec/thrown';
import { TurnBudget } from '../engine/turn-budget.js';
import type { Engine, Procedure, ScanPage } from '../engine.js';
import { StoreClosedError, StoreFailedError, type StoreRejection } from '../errors.js';
import { isStoreRejection } from '../rejection.js';
import { ProcedureEngine } from '../values/procedure-engine.js';
import type { MemoryData } from './data.js';

export class MemoryEngine extends ProcedureEngine implements Engine {
  readonly kind: string;
  readonly #data: MemoryData;
  readonly #leave: () => Promise<void>;
  readonly #turnBudget = new TurnBudget();
  readonly #watches = new Set<() => void>();
  #closed: Promise<void> | undefined;

  /** @param leave gives the data back. */
  constructor(kind: string, data: MemoryData, leave: () => Promise<void>) {
    super();
    this.kind = kind;
    this.#data = data;
    this.#leave = leave;
  }

  now(): number {
    return this.#data.now();
  }

  async ready(): Promise<void> {}

  get(key: string): Promise<string | undefined> {
    return this.#call(() => this.#data.read((transaction) => transaction.get(key)));
  }

  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#call(() =>
      this.#data.read((transaction) => keys.map((key) => transaction.get(key))),
    );
  }

  delete(keys: readonly string[]): Promise<number> {
    return this.#call(() =>
      this.#data.write((transaction) => keys.filter((key) => transaction.delete(key)).length),
    );
  }

  scan(prefix: string, _: string | undefined, withTexts: boolean): Promise<ScanPage> {
    return this.#call(() => this.#data.scan(prefix, withTexts));
  }

  run<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
  ): Promise<Output> {
    return this.#call(() =>
      this.#data[procedure.access]((transaction) => procedure.embedded(transaction, keys, input)),
    );
  }

  watchHealth(listener: (trouble: StoreRejection | undefined) => void): () => void {
    listener(undefined);
    return () => {};
  }

  watch(
    prefix: string,
    listener: (changes: readonly string[] | 'reset') => void,
  ): Promise<() => void> {
    return this.#call(() => {
      const end = this.#data.watch(prefix, listener);
      this.#watches.add(end);
      return () => {
        this.#watches.delete(end);
        end();
      };
    });
  }

  /** Nothing is ever dropped: only the memory of the process is a bound. */
  declareEvictable(): void {}

  async processGone(): Promise<void> {}

  close(): Promise<void> {
    for (const end of this.#watches) end();
    this.#closed ??= this.#leave();
    return this.#closed;
  }

  /** The work is done when this returns, so calls take effect in order. It still lets the event loop run in a loop of calls. */
  async #call<Output>(work: () => Output): Promise<Output> {
    if (this.#closed) throw new StoreClosedError();
    const output = attempt(work);
    const wait = this.#turnBudget.spend();
    if (wait) await wait;
    return output;
  }
}

function attempt<Output>(work: () => Output): Output {
  try {
    return work();
  } catch (cause) {
    if (isStoreRejection(cause)) throw cause;
    throw new StoreFailedError(`The store in memory failed: ${textOfThrown(cause)}`, undefined, {
      cause,
    });
  }
}
