// A view of one namespace: it translates the calls of the contract into calls of the engine.

import { checkFunction, itemsOf } from '../api/arguments.js';
import { publishCalls } from '../api/public-calls.js';
import { checkOptions, OPTIONS } from '../api/strict-options.js';
import type { ScanPage } from '../engine.js';
import type { Keyspace } from '../entries/keyspace.js';
import { type Lifetime, lifetimeOf } from '../entries/lifetime.js';
import { FencedError, InvalidOptionError } from '../errors.js';
import { leaseOf } from '../locks/lock.js';
import type { NearLimits } from '../near/contract.js';
import { NearReader } from '../near/near-reader.js';
import type {
  Counter,
  Expiry,
  IncrementOptions,
  IterateOptions,
  SetOptions,
  StoreView,
  TransactionHandle,
  UnboundedIncrementOptions,
  ValueWithTtl,
} from '../store.js';
import type { StoreContext } from '../store-context.js';
import type { ChangeListener, WatchOptions, WatchTarget } from '../watch/contract.js';
import { prepareWatch } from '../watch/view-watch.js';
import { type AnyIncrementOptions, incrementOf, runIncrement } from './increments.js';
import { pagesOf } from './pages.js';
import { compareAndSet } from './procedures/compare-and-set.js';
import { exists } from './procedures/exists.js';
import { getAndDelete } from './procedures/get-and-delete.js';
import { getWithTtl } from './procedures/get-with-ttl.js';
import { setFenced } from './procedures/set-fenced.js';
import { timeLeft } from './procedures/time-left.js';
import { touch } from './procedures/touch.js';
import { conditionOf, writtenEntries } from './set-arguments.js';
import { Texts } from './texts.js';
import { AttemptSteps } from './transaction-steps.js';
import { changeOfMany, changeOfOne, type Lifetimes } from './update-attempts.js';
import { VIEW_CALLS } from './view-calls.js';

/** Values in the order of the keys. */
type InOrder<T> = readonly (T | undefined)[];

export class View<T> implements StoreView<T> {
  static {
    publishCalls(View.prototype, '', VIEW_CALLS, (view) => view.#context.kind);
  }

  readonly #context: StoreContext;
  readonly #keyspace: Keyspace;
  /** The lifetime of entries that are written without an expiry of their own. */
  readonly #lifetime: Lifetime;
  readonly #near: NearReader;

  constructor(context: StoreContext, keyspace: Keyspace, lifetime: Lifetime, near?: NearLimits) {
    this.#context = context;
    this.#keyspace = keyspace;
    this.#lifetime = lifetime;
    this.#near = new NearReader([keyspace.prefix], near);
  }

  /** The entries of this view without the codec: for procedures, and packages above the store. */
  texts(): Texts {
    return new Texts(this.#context, this.#keyspace);
  }

  async get(key: string): Promise<T | undefined> {
    const full = this.#keyspace.full(key);
    const found = this.#context.withEngine((engine) => this.#near.of(engine).get(full));
    const text = found instanceof Promise ? await found : found;
    return text === undefined ? undefined : this.#decode(key, text);
  }

  async getMany(keys: Iterable<string>): Promise<(T | undefined)[]> {
    const wanted = itemsOf('getMany', keys);
    const full = wanted.map((key) => this.#keyspace.full(key));
    const texts = await this.#context.withEngine((engine) => this.#near.of(engine).getMany(full));
    return wanted.map((key, position) => {
      const text = texts[position];
      return text === undefined ? undefined : this.#decode(key, text);
    });
  }

  async getWithTtl(key: string): Promise<ValueWithTtl<T> | undefined> {
    const full = this.#keyspace.full(key);
    const found = await this.#context.withEngine((engine) =>
      engine.run(getWithTtl, [full], undefined),
    );
    return found && { value: this.#decode(key, found.text), ttlMs: found.ttlMs };
  }

  async set(key: string, value: T, options?: SetOptions): Promise<boolean> {
    checkOptions('set()', options, OPTIONS.set);
    const full = this.#keyspace.full(key);
    const text = this.#context.codec.encode(key, value);
    const lifetime = lifetimeOf(options, this.#lifetime);
    const condition = conditionOf(options);
    const fence = options?.fence === undefined ? undefined : leaseOf(options.fence);
    if (!fence) {
      return this.#context.withEngine((engine) => engine.set(full, text, lifetime, condition));
    }
    const input = { text, lifetime, condition, id: fence.id };
    const isWritten = await this.#context.withEngine((engine) =>
      engine.run(setFenced, [full, fence.key], input),
    );
    if (isWritten === 'fenced') throw new FencedError(key, fence.name);
    return isWritten;
  }

  async setMany(
    given: Iterable<readonly [key: string, value: T, expiry?: Expiry | undefined]>,
    options?: Expiry,
  ): Promise<void> {
    checkOptions('setMany()', options, OPTIONS.expiry);
    const fallback = lifetimeOf(options, this.#lifetime);
    const entries = writtenEntries(given, (key, value, expiry) => {
      const text = this.#context.codec.encode(key, value);
      return [this.#keyspace.full(key), text, lifetimeOf(expiry, fallback)];
    });
    if (entries.length > 0) await this.#context.withEngine((engine) => engine.setMany(entries));
  }

  async has(key: string): Promise<boolean> {
    const full = this.#keyspace.full(key);
    return this.#context.withEngine((engine) => engine.run(exists, [full], undefined));
  }

  async hasMany(keys: Iterable<string>): Promise<boolean[]> {
    const full = itemsOf('hasMany', keys).map((key) => this.#keyspace.full(key));
    return this.#context.withEngine((engine) => (full.length === 0 ? [] : engine.hasMany(full)));
  }

  async delete(key: string): Promise<boolean> {
    const full = this.#keyspace.full(key);
    return (await this.#context.withEngine((engine) => engine.delete([full]))) === 1;
  }

  async deleteMany(keys: Iterable<string>): Promise<number> {
    const full = [...new Set(itemsOf('deleteMany', keys))].map((key) => this.#keyspace.full(key));
    return this.#context.withEngine((engine) => (full.length === 0 ? 0 : engine.delete(full)));
  }

  async touch(key: string, expiry: Expiry): Promise<boolean> {
    const full = this.#keyspace.full(key);
    checkOptions('touch()', expiry, OPTIONS.expiry);
    const lifetime = lifetimeOf(expiry, this.#lifetime);
    if (lifetime === 'never' && expiry?.ttlMs === undefined && expiry?.expiresAt === undefined) {
      throw new InvalidOptionError(
        'touch() takes the new expiry; give { ttlMs } or { expiresAt }, or { ttlMs: Infinity } to remove the expiry',
      );
    }
    return this.#context.withEngine((engine) => engine.run(touch, [full], lifetime));
  }

  async ttlMs(key: string): Promise<number | undefined> {
    const full = this.#keyspace.full(key);
    return this.#context.withEngine((engine) => engine.run(timeLeft, [full], undefined));
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
    const increment = incrementOf(by, options, (given) => lifetimeOf(given, this.#lifetime));
    return this.#context.withEngine((engine) => runIncrement(engine, key, full, increment));
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
    const { updates, codec } = this.#context;
    const change = { codec, key, full, next, ...this.#lifetimes(lifetime) };
    return this.#context.withEngine((engine) => updates.run(changeOfOne<T>({ engine, ...change })));
  }

  async transaction(
    keys: Iterable<string>,
    next: (
      current: (T | undefined)[],
      transaction: TransactionHandle,
    ) => InOrder<T> | undefined | Promise<InOrder<T> | undefined>,
    options?: Expiry,
  ): Promise<(T | undefined)[] | undefined> {
    const wanted = itemsOf('transaction', keys);
    const full = wanted.map((key) => this.#keyspace.full(key));
    if (full.length === 0 || new Set(full).size < full.length) {
      throw new InvalidOptionError('transaction takes at least one key, and each of them once');
    }
    checkOptions('transaction()', options, OPTIONS.expiry);
    const lifetime = lifetimeOf(options, 'keep');
    checkFunction('transaction calls', next);
    const { updates, codec } = this.#context;
    const begin = () => new AttemptSteps(this.#context);
    const change = { codec, begin, keys: wanted, full, next, ...this.#lifetimes(lifetime) };
    return this.#context.withEngine((engine) =>
      updates.run(changeOfMany<T>({ engine, ...change })),
    );
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
      expected: expected === undefined ? undefined : this.#context.codec.encode(key, expected),
      next: next === undefined ? undefined : this.#context.codec.encode(key, next),
      lifetime: lifetimeOf(options, expected === undefined ? this.#lifetime : 'keep'),
    };
    return this.#context.withEngine((engine) => engine.run(compareAndSet, [full], input));
  }

  async getAndDelete(key: string): Promise<T | undefined> {
    const full = this.#keyspace.full(key);
    const text = await this.#context.withEngine((engine) =>
      engine.run(getAndDelete, [full], undefined),
    );
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
    const context = { keyspace: this.#keyspace, codec: this.#context.codec };
    const given = prepareWatch(context, target, listener, options);
    return this.#context.withEngine((engine) => given.start(engine));
  }

  #pages(prefix: string, withTexts: boolean): AsyncIterable<ScanPage> {
    return pagesOf(this.#context, prefix, withTexts);
  }

  /** The lifetimes of entries that `update` and `transaction` write. */
  #lifetimes(lifetime: Lifetime): Lifetimes {
    return { lifetime, lifetimeOfNew: lifetime === 'keep' ? this.#lifetime : lifetime };
  }

  /** A value that was written as a `T` comes back as one. The type is not checked. */
  #decode(key: string, text: string): T {
    return this.#context.codec.decode(key, text) as T;
  }
}
