// The entries of a view as an engine has them: text, which is the caller's to make and to read.
import type { Condition, Engine, Procedure } from './engine.js';
import type { Keyspace } from './keyspace.js';
import type { Lifetime } from './lifetime.js';
import type { ViewContext } from './view.js';

/**
 * Keys are those of the view, and are checked as they are there. A text is not looked at, but for its size in `set` and
 * `checkSize`; one that is no text of the codec is `MUSTER_CORRUPT_VALUE` to whoever reads it through the view.
 *
 * Every method rejects with a `StoreError` and with nothing else.
 */
export class Texts {
  readonly #context: ViewContext;
  readonly #keyspace: Keyspace;

  constructor(context: ViewContext, keyspace: Keyspace) {
    this.#context = context;
    this.#keyspace = keyspace;
  }

  async get(key: string): Promise<string | undefined> {
    const full = this.#keyspace.full(key);
    return (this.#engine() ?? (await this.#context.open())).get(full);
  }

  /** In the order of the keys. */
  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    const full = keys.map((key) => this.#keyspace.full(key));
    return (this.#engine() ?? (await this.#context.open())).getMany(full);
  }

  /** Says whether the condition let it write. */
  async set(
    key: string,
    text: string,
    lifetime: Lifetime,
    condition: Condition = 'always',
  ): Promise<boolean> {
    const full = this.#keyspace.full(key);
    this.#context.values.checkSize(key, text);
    return (this.#engine() ?? (await this.#context.open())).set(full, text, lifetime, condition);
  }

  /** Runs one atomic primitive. On a Redis Cluster all keys of a call must share a slot: `{` and `}` around a part of each. */
  async run<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
  ): Promise<Output> {
    const full = keys.map((key) => this.#keyspace.full(key));
    return (this.#engine() ?? (await this.#context.open())).run(procedure, full, input);
  }

  /** @throws ValueTooLargeError where the text is over `maxValueBytes`, before it is given to a procedure. */
  checkSize(key: string, text: string): void {
    this.#context.values.checkSize(key, text);
  }

  #engine(): Engine | undefined {
    return this.#context.engine();
  }
}
