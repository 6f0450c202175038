// A view of one namespace: the calls of the contract, put into words that an engine knows.

import { shown } from '@muster/codec/options';
import { checkFunction, itemsOf } from './arguments.js';
import { changeOfMany, changeOfOne, type Lifetimes } from './changing.js';
import type { ChangeListener, WatchOptions, WatchTarget } from './contract/watch.js';
import { type AnyIncrementOptions, additionOf, count } from './counting.js';
import type { Condition, Engine, ScanPage } from './engine.js';
import { FencedError, InvalidArgumentError } from './errors.js';
import { watching } from './feed.js';
import type { Keyspace } from './keyspace.js';
import { type Lifetime, lifetimeFor, lifetimeOf } from './lifetime.js';
import { leaseOf } from './lock.js';
import { pagesOf } from './pages.js';
import { compareAndSet } from './procedures/compare-and-set.js';
import { exists } from './procedures/exists.js';
import { getAndDelete } from './procedures/get-and-delete.js';
import { getWithTtl } from './procedures/get-with-ttl.js';
import { setFenced } from './procedures/set-fenced.js';
import { timeLeft } from './procedures/time-left.js';
import { touch } from './procedures/touch.js';
import { countFault, publishCalls } from './public-calls.js';
import type {
  Counter,
  Expiry,
  IncrementOptions,
  IterateOptions,
  SetOptions,
  StoreView,
  UnboundedIncrementOptions,
  ValueWithTtl,
} from './store.js';
import { checkFlag, checkOptions, OPTIONS } from './strict-options.js';
import { Texts } from './texts.js';
import type { Updates } from './updates.js';
import type { Values } from './values.js';

const AS_ARRAY = 'give the keys as one array';

const CALLS = {
  get: { takes: 1, hint: 'for several keys, there is getMany()' },
  getMany: { takes: 1, hint: AS_ARRAY },
  getWithTtl: { takes: 1 },
  set: { takes: 3 },
  setMany: { takes: 2, hint: 'give the entries as one array' },
  has: { takes: 1, hint: 'for several keys, there is hasMany()' },
  hasMany: { takes: 1, hint: AS_ARRAY },
  delete: { takes: 1, hint: 'for several keys, there is deleteMany()' },
  deleteMany: { takes: 1, hint: AS_ARRAY },
  touch: { takes: 2 },
  ttlMs: { takes: 1, hint: 'to move the expiry, there is touch()' },
  increment: { takes: 3 },
  update: { takes: 3 },
  transaction: { takes: 3 },
  // A `next` that was forgotten would delete.
  compareAndSet: {
    takes: 4,
    needs: 3,
    hint: 'give key, expected, next; undefined as next deletes',
  },
  getAndDelete: { takes: 1 },
  keys: { takes: 1, gives: 'iterator' },
  entries: { takes: 1, gives: 'iterator' },
  count: { takes: 1 },
  clear: { takes: 1 },
  watch: { takes: 3 },
} as const;

/** What all views of one store share. */
export interface ViewContext {
  readonly kind: Engine['kind'];
  /** `undefined` until the engine is open. Throws `StoreClosedError` once the store is closed. */
  engine(): Engine | undefined;
  open(): Promise<Engine>;
  /** Deletes every key that starts with this, as it is now. */
  clear(prefix: string): Promise<void>;
  readonly values: Values;
  readonly updates: Updates;
}

/** Values in the order of the keys. */
type InOrder<T> = readonly (T | undefined)[];

export class View<T> implements StoreView<T> {
  static {
    publishCalls(View.prototype, '', CALLS, (view) => view.#context.kind);
  }

  readonly #context: ViewContext;
  readonly #keyspace: Keyspace;
  /** Of what is written without an expiry of its own. */
  readonly #lifetime: Lifetime;

  constructor(context: ViewContext, keyspace: Keyspace, lifetime: Lifetime) {
    this.#context = context;
    this.#keyspace = keyspace;
    this.#lifetime = lifetime;
  }

  /** What is under the keys of this view, past the codec: for packages above the store (procedures/index.ts). */
  texts(): Texts {
    return new Texts(this.#context, this.#keyspace);
  }

  async get(key: string): Promise<T | undefined> {
    const full = this.#keyspace.full(key);
    const engine = this.#context.engine() ?? (await this.#context.open());
    const found = engine.get(full);
    const text = found instanceof Promise ? await found : found;
    return text === undefined ? undefined : this.#decode(key, text);
  }

  async getMany(keys: Iterable<string>): Promise<(T | undefined)[]> {
    const wanted = itemsOf('getMany', keys);
    const full = wanted.map((key) => this.#keyspace.full(key));
    const engine = this.#context.engine() ?? (await this.#context.open());
    const texts = await engine.getMany(full);
    return wanted.map((key, position) => {
      const text = texts[position];
      return text === undefined ? undefined : this.#decode(key, text);
    });
  }

  async getWithTtl(key: string): Promise<ValueWithTtl<T> | undefined> {
    const full = this.#keyspace.full(key);
    const engine = this.#context.engine() ?? (await this.#context.open());
    const found = await engine.run(getWithTtl, [full], undefined);
    return found && { value: this.#decode(key, found.text), ttlMs: found.ttlMs };
  }

  async set(key: string, value: T, options?: SetOptions): Promise<boolean> {
    checkOptions('set()', options, OPTIONS.set);
    const full = this.#keyspace.full(key);
    const text = this.#context.values.encode(key, value);
    const lifetime = lifetimeOf(options, this.#lifetime);
    const condition = conditionOf(options);
    const fence = options?.fence === undefined ? undefined : leaseOf(options.fence);
    const engine = this.#context.engine() ?? (await this.#context.open());
    if (!fence) return engine.set(full, text, lifetime, condition);
    const input = { text, lifetime, condition, id: fence.id };
    const isWritten = await engine.run(setFenced, [full, fence.key], input);
    if (isWritten === 'fenced') throw new FencedError(key, fence.name);
    return isWritten;
  }

  async setMany(
    entries: Iterable<readonly [key: string, value: T, expiry?: Expiry | undefined]>,
    options?: Expiry,
  ): Promise<void> {
    checkOptions('setMany()', options, OPTIONS.expiry);
    const lifetime = lifetimeOf(options, this.#lifetime);
    const texts: [key: string, text: string, lifetime: Lifetime][] = [];
    for (const entry of itemsOf('setMany', entries)) {
      if (!Array.isArray(entry)) {
        throw new InvalidArgumentError(
          `setMany takes entries [key, value] or [key, value, { ttlMs }], and not ${shown(entry)}`,
        );
      }
      const fault = countFault('An entry of setMany()', entry, { takes: 3 });
      if (fault) throw fault;
      const [key, value, expiry] = entry;
      checkOptions('An entry of setMany()', expiry, OPTIONS.expiry);
      const text = this.#context.values.encode(key, value);
      texts.push([this.#keyspace.full(key), text, lifetimeOf(expiry, lifetime)]);
    }
    const engine = this.#context.engine() ?? (await this.#context.open());
    if (texts.length > 0) await engine.setMany(texts);
  }

  async has(key: string): Promise<boolean> {
    const full = this.#keyspace.full(key);
    const engine = this.#context.engine() ?? (await this.#context.open());
    return engine.run(exists, [full], undefined);
  }

  async hasMany(keys: Iterable<string>): Promise<boolean[]> {
    const full = itemsOf('hasMany', keys).map((key) => this.#keyspace.full(key));
    const engine = this.#context.engine() ?? (await this.#context.open());
    return full.length === 0 ? [] : engine.hasMany(full);
  }

  async delete(key: string): Promise<boolean> {
    const full = this.#keyspace.full(key);
    const engine = this.#context.engine() ?? (await this.#context.open());
    return (await engine.delete([full])) === 1;
  }

  async deleteMany(keys: Iterable<string>): Promise<number> {
    const full = [...new Set(itemsOf('deleteMany', keys))].map((key) => this.#keyspace.full(key));
    const engine = this.#context.engine() ?? (await this.#context.open());
    return full.length === 0 ? 0 : engine.delete(full);
  }

  async touch(key: string, expiry: Expiry): Promise<boolean> {
    const full = this.#keyspace.full(key);
    checkOptions('touch()', expiry, OPTIONS.expiry);
    const lifetime = lifetimeOf(expiry, this.#lifetime);
    if (lifetime === 'never' && expiry?.ttlMs === undefined && expiry?.expiresAt === undefined) {
      throw new InvalidArgumentError(
        'touch() takes the new expiry; give { ttlMs } or { expiresAt }, or { ttlMs: Infinity } where it is to have none',
      );
    }
    const engine = this.#context.engine() ?? (await this.#context.open());
    return engine.run(touch, [full], lifetime);
  }

  async ttlMs(key: string): Promise<number | undefined> {
    const full = this.#keyspace.full(key);
    const engine = this.#context.engine() ?? (await this.#context.open());
    return engine.run(timeLeft, [full], undefined);
  }

  increment(key: string, by?: number, options?: UnboundedIncrementOptions): Promise<number>;
  increment(
    key: string,
    by: number | undefined,
    options: IncrementOptions,
  ): Promise<number | undefined>;
  increment(
    key: string,
    by: number | undefined,
    options: Omit<UnboundedIncrementOptions, 'withTtl'> & { withTtl: true },
  ): Promise<Counter>;
  increment(
    key: string,
    by: number | undefined,
    options: Omit<IncrementOptions, 'withTtl'> & { withTtl: true },
  ): Promise<Counter | undefined>;
  async increment(
    key: string,
    by = 1,
    options?: AnyIncrementOptions,
  ): Promise<number | Counter | undefined> {
    const full = this.#keyspace.full(key);
    const addition = additionOf(by, options, (given) => lifetimeOf(given, this.#lifetime));
    const engine = this.#context.engine() ?? (await this.#context.open());
    return count(engine, key, full, addition);
  }

  async update(
    key: string,
    next: (current: T | undefined) => T | undefined | Promise<T | undefined>,
    options?: Expiry,
  ): Promise<T | undefined> {
    const full = this.#keyspace.full(key);
    checkOptions('update()', options, OPTIONS.expiry);
    const lifetime = lifetimeOf(options, 'keep');
    checkFunction('update calls', next);
    const engine = this.#context.engine() ?? (await this.#context.open());
    const { updates, values } = this.#context;
    const lifetimes = this.#lifetimes(lifetime);
    return updates.run(changeOfOne<T>({ engine, values, key, full, next, ...lifetimes }));
  }

  async transaction(
    keys: Iterable<string>,
    next: (current: (T | undefined)[]) => InOrder<T> | undefined | Promise<InOrder<T> | undefined>,
    options?: Expiry,
  ): Promise<(T | undefined)[] | undefined> {
    const wanted = itemsOf('transaction', keys);
    const full = wanted.map((key) => this.#keyspace.full(key));
    if (full.length === 0 || new Set(full).size < full.length) {
      throw new InvalidArgumentError('transaction takes at least one key, and each of them once');
    }
    checkOptions('transaction()', options, OPTIONS.expiry);
    const lifetime = lifetimeOf(options, 'keep');
    checkFunction('transaction calls', next);
    const engine = this.#context.engine() ?? (await this.#context.open());
    const { updates, values } = this.#context;
    const lifetimes = this.#lifetimes(lifetime);
    const change = { engine, values, keys: wanted, full, next, ...lifetimes };
    return updates.run(changeOfMany<T>(change));
  }

  async compareAndSet(
    key: string,
    expected: T | undefined,
    next: T | undefined,
    options?: Expiry,
  ): Promise<boolean> {
    const full = this.#keyspace.full(key);
    checkOptions('compareAndSet()', options, OPTIONS.expiry);
    const input = {
      expected: expected === undefined ? undefined : this.#context.values.encode(key, expected),
      next: next === undefined ? undefined : this.#context.values.encode(key, next),
      lifetime: lifetimeOf(options, expected === undefined ? this.#lifetime : 'keep'),
    };
    const engine = this.#context.engine() ?? (await this.#context.open());
    return engine.run(compareAndSet, [full], input);
  }

  async getAndDelete(key: string): Promise<T | undefined> {
    const full = this.#keyspace.full(key);
    const engine = this.#context.engine() ?? (await this.#context.open());
    const text = await engine.run(getAndDelete, [full], undefined);
    return text === undefined ? undefined : this.#decode(key, text);
  }

  async *keys(options?: IterateOptions): AsyncIterableIterator<string> {
    checkOptions('keys()', options, OPTIONS.iterate);
    const prefix = this.#keyspace.fullPrefix(options?.prefix);
    for await (const page of this.#pages(prefix, false)) {
      for (const full of page.keys) yield this.#keyspace.local(full);
    }
  }

  async *entries(options?: IterateOptions): AsyncIterableIterator<[key: string, value: T]> {
    checkOptions('entries()', options, OPTIONS.iterate);
    const prefix = this.#keyspace.fullPrefix(options?.prefix);
    for await (const page of this.#pages(prefix, true)) {
      for (const [position, full] of page.keys.entries()) {
        const key = this.#keyspace.local(full);
        yield [key, this.#decode(key, page.texts[position] ?? '')];
      }
    }
  }

  async count(options?: IterateOptions): Promise<number> {
    checkOptions('count()', options, OPTIONS.iterate);
    const prefix = this.#keyspace.fullPrefix(options?.prefix);
    let found = 0;
    for await (const { keys } of this.#pages(prefix, false)) found += keys.length;
    return found;
  }

  async clear(options?: IterateOptions): Promise<void> {
    checkOptions('clear()', options, OPTIONS.iterate);
    await this.#context.clear(this.#keyspace.fullPrefix(options?.prefix));
  }

  async watch(
    target: WatchTarget,
    listener: ChangeListener<T>,
    options?: WatchOptions,
  ): Promise<() => void> {
    const context = { keyspace: this.#keyspace, values: this.#context.values };
    const given = watching(context, target, listener, options);
    return given.start(this.#context.engine() ?? (await this.#context.open()));
  }

  #pages(prefix: string, withTexts: boolean): AsyncIterable<ScanPage> {
    return pagesOf(this.#context, prefix, withTexts);
  }

  /** Of what `update` and `transaction` write. */
  #lifetimes(lifetime: Lifetime): Lifetimes {
    return { lifetime, lifetimeOfNew: lifetime === 'keep' ? this.#lifetime : lifetime };
  }

  /** What was written as a `T` is one when it comes back; what else wrote under the key is the caller's to know. */
  #decode(key: string, text: string): T {
    return this.#context.values.decode(key, text) as T;
  }
}

function conditionOf(options: SetOptions | undefined): Condition {
  if (!options) return 'always';
  checkFlag('ifAbsent', options.ifAbsent);
  checkFlag('ifPresent', options.ifPresent);
  if (options.ifAbsent) {
    if (options.ifPresent) {
      throw new InvalidArgumentError('ifAbsent and ifPresent exclude each other; give one of them');
    }
    return 'absent';
  }
  return options.ifPresent ? 'present' : 'always';
}

/** The lifetime that a namespace gives to what is written in it. */
export function defaultLifetime(ttlMs: number | undefined): Lifetime {
  return ttlMs === undefined ? 'never' : lifetimeFor('ttlMs', ttlMs);
}
