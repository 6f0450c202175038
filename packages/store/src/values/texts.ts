// The entries of a view as text. The caller encodes and decodes it.

import { shown } from '@muster/codec/options';
import type { Condition, Engine, Procedure } from '../engine.js';
import type { Keyspace } from '../entries/keyspace.js';
import type { Lifetime } from '../entries/lifetime.js';
import { InvalidOptionError } from '../errors.js';
import type { StoreContext } from '../store-context.js';
import type { TransactionHandle } from './contract.js';
import { pagesOf } from './pages.js';
import { AttemptSteps, type TransactionStep } from './transaction-steps.js';

/**
 * Keys are those of the view, and are checked as they are there. A text is not looked at, but for its size in `set` and
 * `checkSize`; one that is no text of the codec is `MUSTER_CORRUPT_VALUE` to whoever reads it through the view.
 *
 * Every method rejects with a `StoreRejection` and with nothing else.
 */
export class Texts {
  readonly #context: StoreContext;
  readonly #keyspace: Keyspace;

  constructor(context: StoreContext, keyspace: Keyspace) {
    this.#context = context;
    this.#keyspace = keyspace;
  }

  get(key: string): Promise<string | undefined> {
    return this.#with((engine) => engine.get(this.#keyspace.full(key)));
  }

  /** The texts in the order of the keys. */
  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#with((engine) => engine.getMany(keys.map((key) => this.#keyspace.full(key))));
  }

  /** @returns whether the condition allowed the write. */
  set(
    key: string,
    text: string,
    lifetime: Lifetime,
    condition: Condition = 'always',
  ): Promise<boolean> {
    return this.#with((engine) => {
      this.#context.codec.checkSize(key, text);
      return engine.set(this.#keyspace.full(key), text, lifetime, condition);
    });
  }

  /** Runs one atomic primitive. On a Redis Cluster all keys of a call must share a slot: `{` and `}` around a part of each. */
  run<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
  ): Promise<Output> {
    return this.#with((engine) => {
      const full = keys.map((key) => this.#keyspace.full(key));
      return engine.run(procedure, full, input);
    });
  }

  /**
   * Makes a step on one key a part of a transaction of this store. It is carried out when the transaction is, once for each key.
   * On a Redis Cluster its key must share the slot of the others.
   *
   * @param begin makes the input of the step, and is called once.
   * @returns that input, which may grow until the function of the transaction has returned.
   * @throws InvalidOptionError, at once
   */
  joinTransaction<Input>(
    handle: TransactionHandle,
    step: TransactionStep<Input>,
    key: string,
    begin: () => Input,
  ): Input {
    if (!(handle instanceof AttemptSteps)) {
      throw new InvalidOptionError(
        `A transaction is the second argument of the function that store.transaction() calls, and not ${shown(handle)}`,
      );
    }
    return handle.join(this.#context, step, this.#keyspace.full(key), begin);
  }

  /** Keys that start with `prefix`. One that is there all the while comes at least once. */
  async *keys(prefix: string): AsyncGenerator<string> {
    for await (const { keys } of pagesOf(this.#context, this.#keyspace.fullPrefix(prefix), false)) {
      for (const full of keys) yield this.#keyspace.local(full);
    }
  }

  /**
   * Tells keys that start with `prefix`, as the view has them, whenever what is there may have changed: as `Engine.watch`,
   * and whatever their type.
   */
  watch(
    prefix: string,
    listener: (changes: readonly string[] | 'reset') => void,
  ): Promise<() => void> {
    const local = (full: string): string => this.#keyspace.local(full);
    return this.#with((engine) =>
      engine.watch(this.#keyspace.fullPrefix(prefix), (changes) =>
        listener(changes === 'reset' ? changes : changes.map(local)),
      ),
    );
  }

  /** @throws ValueTooLargeError where the text is over `maxValueBytes`, before it is given to a procedure. */
  checkSize(key: string, text: string): void {
    this.#context.codec.checkSize(key, text);
  }

  /** No promise more than the engine's own, once it is open: these calls are made with every request. */
  #with<Output>(call: (engine: Engine) => Promise<Output> | Output): Promise<Output> {
    try {
      const output = this.#context.withEngine(call);
      return output instanceof Promise ? output : Promise.resolve(output);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
