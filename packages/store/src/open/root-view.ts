// The store itself: the root view, and everything that has a name of its own.

import { checkFunction } from '../api/arguments.js';
import { publishCalls } from '../api/public-calls.js';
import { checkFlag, checkGiven, checkOptions, OPTIONS } from '../api/strict-options.js';
import { SharedCache } from '../cache/shared-cache.js';
import type { Engine } from '../engine.js';
import { Keyspace } from '../entries/keyspace.js';
import { defaultLifetime } from '../entries/lifetime.js';
import { gcraRules } from '../limits/gcra-rule.js';
import { SharedRateLimit } from '../limits/rate-limit.js';
import { ElectedLeadership } from '../locks/leadership.js';
import { leaseKey } from '../locks/leases/options.js';
import { acquireLock, holding, type LockTarget, SharedSemaphore } from '../locks/lock.js';
import { SharedReadWriteLock } from '../locks/read-write-lock.js';
import { NO_COUNTERS } from '../near/counters.js';
import { nearLimits } from '../near/limits.js';
import { SharedSortedSet } from '../sorted-sets/sorted-set.js';
import type {
  Cache,
  CacheOptions,
  EngineKind,
  LeaderOptions,
  Leadership,
  Lock,
  LockOptions,
  NamespaceOptions,
  NearCounters,
  RateLimit,
  RateLimitRule,
  ReadWriteLock,
  Semaphore,
  SemaphoreRule,
  SharedStore,
  SortedSet,
  StoreEvents,
  StoreStatus,
  StoreView,
  UntypedCache,
  UntypedView,
} from '../store.js';
import type { StoreContext } from '../store-context.js';
import { Texts } from '../values/texts.js';
import { View } from '../values/view.js';
import type { EngineLifecycle } from './engine-lifecycle.js';

/** The calls of a store that its views do not have. */
const CALLS = {
  lock: { takes: 2 },
  withLock: { takes: 3 },
  backup: { takes: 1 },
  ready: { takes: 0, hint: 'it settles within the deadlineMs of the store' },
} as const;

/** Calls that are not published to diagnostics, since they do not use the engine. */
const QUIET_CALLS = {
  close: { takes: 0 },
  namespace: { takes: 2, gives: 'value' },
  on: { takes: 2, gives: 'value' },
  rateLimit: { takes: 2, gives: 'value', hint: 'give several rules as one array' },
  sortedSet: { takes: 1, gives: 'value', hint: 'members have a score, and no expiry' },
  semaphore: { takes: 2, gives: 'value' },
  readWriteLock: { takes: 1, gives: 'value', hint: 'its options are those of read() and write()' },
  leader: { takes: 3, gives: 'value' },
  cache: { takes: 2, gives: 'value', hint: 'the load is given to get()' },
} as const;

// biome-ignore lint/suspicious/noExplicitAny: the caller of an untyped view names the type of a value.
type Untyped = any;

export class RootView extends View<Untyped> implements SharedStore {
  static {
    publishCalls(RootView.prototype, '', CALLS, (root) => root.engine);
    publishCalls(RootView.prototype, '', QUIET_CALLS);
  }

  readonly engine: EngineKind;
  readonly #lifecycle: EngineLifecycle;
  readonly #context: StoreContext;
  readonly #makeUnprefixed: (() => RootView) | undefined;
  #unprefixed: RootView | undefined;

  /** @param makeUnprefixed given if `keyPrefix` is the default, and keys without it may exist. */
  constructor(lifecycle: EngineLifecycle, context: StoreContext, makeUnprefixed?: () => RootView) {
    super(context, new Keyspace(''), 'never');
    this.engine = lifecycle.kind;
    this.#lifecycle = lifecycle;
    this.#context = context;
    this.#makeUnprefixed = makeUnprefixed;
  }

  /** For packages above the store (procedures/index.ts). */
  unprefixed(): RootView | undefined {
    this.#unprefixed ??= this.#makeUnprefixed?.();
    return this.#unprefixed;
  }

  /** The same: entries that no view sees. */
  ownTexts(kind: string): Texts {
    return new Texts(this.#context, Keyspace.own(kind));
  }

  namespace<T>(name: string, options?: NamespaceOptions): StoreView<T>;
  namespace(name: string, options?: NamespaceOptions): UntypedView {
    const keyspace = Keyspace.named(name);
    checkOptions('namespace()', options, OPTIONS.namespace);
    checkFlag('evictable', options?.evictable);
    if (options?.evictable) this.#lifecycle.declareEvictable(keyspace.prefix);
    const near = nearLimits(options?.near);
    return new View<Untyped>(this.#context, keyspace, defaultLifetime(options?.ttlMs), near);
  }

  get near(): NearCounters {
    const engine = this.#context.closeSignal.isClosed ? undefined : this.#context.engine();
    return engine?.nearCounters?.() ?? NO_COUNTERS;
  }

  get status(): StoreStatus {
    return this.#lifecycle.status.current;
  }

  on<Event extends keyof StoreEvents>(event: Event, listener: StoreEvents[Event]): () => void {
    return this.#lifecycle.status.on(event, listener);
  }

  rateLimit(name: string, rule: RateLimitRule | readonly RateLimitRule[]): RateLimit {
    return new SharedRateLimit(
      this.#context,
      Keyspace.own('limit', ['a rate limit', name]),
      gcraRules(rule),
    );
  }

  sortedSet(name: string): SortedSet {
    return new SharedSortedSet(this.#context, Keyspace.sortedSet(name));
  }

  async lock(name: string, options?: LockOptions): Promise<Lock> {
    return acquireLock(this.#context, lockTarget(name), options);
  }

  async withLock<Result>(
    name: string,
    fn: (lock: Lock) => Result | Promise<Result>,
    options?: LockOptions,
  ): Promise<Result> {
    checkFunction('withLock runs', fn);
    return holding(await acquireLock(this.#context, lockTarget(name), options), fn);
  }

  semaphore(name: string, rule: SemaphoreRule): Semaphore {
    checkGiven('semaphore()', rule, OPTIONS.semaphore);
    const { permits } = rule;
    return new SharedSemaphore(this.#context, { key: leaseKey('semaphore', name), name, permits });
  }

  readWriteLock(name: string): ReadWriteLock {
    return new SharedReadWriteLock(this.#context, name);
  }

  leader(name: string, fn: (lead: Lock) => unknown, options?: LeaderOptions): Leadership {
    const target = { key: leaseKey('leader', name), name, permits: 1 };
    return new ElectedLeadership(this.#context, target, fn, options);
  }

  cache<T>(name: string, options?: CacheOptions): Cache<T>;
  cache(name: string, options?: CacheOptions): UntypedCache {
    return new SharedCache<Untyped>(this.#context, name, options);
  }

  /** The engine, opened: for cluster/index.ts and care/index.ts. */
  async opened(): Promise<Engine> {
    return this.#lifecycle.withEngine((engine) => engine);
  }

  async backup(path: string): Promise<{ entries: number }> {
    const { backup } = await import('../care/backup.js');
    return { entries: await backup(await this.opened(), path) };
  }

  async ready(): Promise<void> {
    await this.#lifecycle.withEngine((engine) => engine.ready());
  }

  async close(): Promise<void> {
    const closed = this.#lifecycle.close(() => this.#context.leases.close());
    // Waiting calls reject when the store already refuses new calls.
    this.#context.closeSignal.close();
    await Promise.all([closed, this.#unprefixed?.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function lockTarget(name: string): LockTarget {
  return { key: leaseKey('lock', name), name, permits: 1 };
}
