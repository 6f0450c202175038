// createSharedStore(): the root view, and the life of the engine under it.
import type { Engine } from './engine.js';
import { InvalidArgumentError, StoreClosedError, StoreError } from './errors.js';
import { gcraRule } from './gcra.js';
import { Keyspace } from './keyspace.js';
import { openEngine } from './open-engine.js';
import { SharedRateLimit } from './rate-limit.js';
import { Status } from './status.js';
import type {
  NamespaceOptions,
  RateLimit,
  RateLimitRule,
  SharedStore,
  StoreEvents,
  StoreStatus,
  StoreView,
} from './store.js';
import { resolveStoreTarget, type StoreTarget, type TargetOptions } from './target.js';
import { Updates } from './updates.js';
import { Values } from './values.js';
import { defaultLifetime, View, type ViewContext } from './view.js';

export interface SharedStoreOptions extends TargetOptions {
  /** Redis: what every key of this store starts with. Default `muster:`. */
  keyPrefix?: string;
  /** Every call settles within this. Default 5,000. */
  deadlineMs?: number;
  /** Bytes of UTF-8 of an encoded value. Default 16 MiB. */
  maxValueBytes?: number;
  /** Embedded: bytes of the data file, above which writes fail with `MUSTER_STORE_FULL`. Default 1 GiB. */
  maxBytes?: number;
}

/** The options that an engine is opened with, each with its value. */
export interface EngineOptions {
  readonly keyPrefix: string;
  readonly deadlineMs: number;
  readonly maxBytes: number;
}

const DEFAULTS = {
  keyPrefix: 'muster:',
  deadlineMs: 5_000,
  maxValueBytes: 16 * 1024 ** 2,
  maxBytes: 1024 ** 3,
};

/**
 * A store that all processes of the cluster share. Returns at once; the first call opens the engine, and all stores
 * of one process with the same target share it. Close every store that was made.
 *
 * @throws InvalidArgumentError where the options contradict each other or name no engine.
 */
export function createSharedStore(options: SharedStoreOptions = {}): SharedStore {
  const { keyPrefix = DEFAULTS.keyPrefix } = options;
  if (typeof keyPrefix !== 'string') throw new InvalidArgumentError('keyPrefix must be a string');
  const deadlineMs = atLeastOne('deadlineMs', options.deadlineMs ?? DEFAULTS.deadlineMs);
  const maxValueBytes = atLeastOne(
    'maxValueBytes',
    options.maxValueBytes ?? DEFAULTS.maxValueBytes,
  );
  const maxBytes = atLeastOne('maxBytes', options.maxBytes ?? DEFAULTS.maxBytes);
  const life = new EngineLife(resolveStoreTarget(options), { keyPrefix, deadlineMs, maxBytes });
  const values = new Values(maxValueBytes);
  return new RootView(life, {
    engine: () => life.engine(),
    open: () => life.open(),
    values,
    updates: new Updates(values, deadlineMs),
  });
}

class RootView extends View<unknown> implements SharedStore {
  readonly engine: 'embedded' | 'redis';
  readonly #life: EngineLife;
  readonly #context: ViewContext;

  constructor(life: EngineLife, context: ViewContext) {
    super(context, new Keyspace(''), 'never');
    this.engine = life.kind;
    this.#life = life;
    this.#context = context;
  }

  namespace<T = unknown>(name: string, options?: NamespaceOptions): StoreView<T> {
    return new View<T>(this.#context, Keyspace.named(name), defaultLifetime(options?.ttlMs));
  }

  get status(): StoreStatus {
    return this.#life.status.current;
  }

  on<Event extends keyof StoreEvents>(event: Event, listener: StoreEvents[Event]): () => void {
    return this.#life.status.on(event, listener);
  }

  rateLimit(name: string, rule: RateLimitRule): RateLimit {
    return new SharedRateLimit(this.#context, Keyspace.rateLimit(name), gcraRule(rule));
  }

  async ready(): Promise<void> {
    const engine = this.#life.engine() ?? (await this.#life.open());
    await engine.ready();
  }

  close(): Promise<void> {
    return this.#life.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Opened by the first call, and again by the next one where that failed; closed once. */
class EngineLife {
  readonly #target: StoreTarget;
  readonly #options: EngineOptions;
  readonly status = new Status();
  #engine: Engine | undefined;
  #unwatch: (() => void) | undefined;
  #opening: Promise<Engine> | undefined;
  #closing: Promise<void> | undefined;

  constructor(target: StoreTarget, options: EngineOptions) {
    this.#target = target;
    this.#options = options;
  }

  get kind(): 'embedded' | 'redis' {
    return this.#target.engine;
  }

  engine(): Engine | undefined {
    if (this.#closing) throw new StoreClosedError();
    return this.#engine;
  }

  async open(): Promise<Engine> {
    this.#opening ??= this.#start();
    try {
      this.#engine = await this.#opening;
      return this.#engine;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    this.status.close();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(): Promise<Engine> {
    try {
      const engine = await openEngine(this.#target, this.#options);
      this.#unwatch = engine.watchHealth((trouble) => this.status.report(trouble));
      return engine;
    } catch (error) {
      if (error instanceof StoreError) this.status.report(error);
      throw error;
    }
  }

  async #close(): Promise<void> {
    if (!this.#engine && this.#opening) {
      await this.#opening.catch(() => {});
      // The calls that waited for it, too, now have it before it is closed.
      await new Promise(setImmediate);
    }
    await this.#engine?.close();
    this.#unwatch?.();
  }
}

function atLeastOne(name: string, value: number): number {
  if (typeof value === 'number' && value >= 1) return value;
  throw new InvalidArgumentError(`${name} must be a number of at least 1, and is ${String(value)}`);
}
