// BentoCache's second level on a shared store, and its bus on ours.
import type { UntypedView } from '@muster/store';
import type {
  BusDriver,
  BusOptions,
  CreateBusDriverResult,
  CreateDriverResult,
  L2CacheDriver,
} from 'bentocache/types';
import { type BusAdapterOptions, checkBusOptions } from './shared/bus-options.js';
import { type CacheOptions, cacheView } from './shared/cache-view.js';

/**
 * The second level of a BentoCache, for all processes.
 *
 * @example
 * bentostore().useL1Layer(memoryDriver()).useL2Layer(createL2Driver({ store })).useBus(createBusDriver({ bus }));
 *
 * @param options `namespace` is `bentocache` by default. Keys in it start with the `prefix` of the BentoCache.
 * @throws InvalidOptionError if an option is not what it should be.
 */
export function createL2Driver(options: CacheOptions): CreateDriverResult<L2Driver> {
  const view = cacheView('createL2Driver()', 'bentocache', options);
  return { options: {}, factory: ({ prefix }) => new L2Driver(view, prefix) };
}

/** A level of a cache whose keys have this prefix. */
export class L2Driver implements L2CacheDriver {
  readonly type = 'l2';
  readonly #view: UntypedView;
  /** With the colon at its end, or empty. */
  readonly #prefix: string;

  constructor(view: UntypedView, prefix = '') {
    this.#view = view;
    this.#prefix = prefix.replace(/:*$/, prefix === '' ? '' : ':');
  }

  namespace(namespace: string): L2Driver {
    return new L2Driver(this.#view, this.#prefix + namespace);
  }

  get(key: string): Promise<string | undefined> {
    return this.#view.get<string>(this.#prefix + key);
  }

  /** For BentoCache 1.0, whose drivers have it. */
  has(key: string): Promise<boolean> {
    return this.#view.has(this.#prefix + key);
  }

  pull(key: string): Promise<string | undefined> {
    return this.#view.getAndDelete<string>(this.#prefix + key);
  }

  /** @param ttl milliseconds; without it, the option `ttlMs` applies. */
  set(key: string, value: string, ttl?: number): Promise<boolean> {
    return this.#view.set(this.#prefix + key, value, ttl ? { ttlMs: ttl } : {});
  }

  clear(): Promise<void> {
    return this.#view.clear({ prefix: this.#prefix });
  }

  delete(key: string): Promise<boolean> {
    return this.#view.delete(this.#prefix + key);
  }

  /** Resolves with `true`, as with all drivers of BentoCache. */
  async deleteMany(keys: string[]): Promise<boolean> {
    await this.#view.deleteMany(keys.map((key) => this.#prefix + key));
    return true;
  }

  /** The store stays open. */
  async disconnect(): Promise<void> {}
}

/**
 * Tells the other processes of the cluster what to drop from their first level.
 *
 * @param options `bus`, and those of every bus of BentoCache, such as `retryQueue`.
 * @throws InvalidOptionError if an option is not what it should be.
 */
export function createBusDriver(options: BusAdapterOptions & BusOptions): CreateBusDriverResult {
  checkBusOptions('createBusDriver()', options, ['retryQueue']);
  const { bus, ...about } = options;
  return { options: about, factory: () => new MusterTransport(bus) };
}

interface Notification {
  /** The BentoCache that sent it: it does not hear itself, and another one of its process does. */
  readonly busId: string;
  readonly payload: never;
}

class MusterTransport implements BusDriver {
  readonly #bus: BusAdapterOptions['bus'];
  readonly #stops = new Map<string, (() => void)[]>();
  #busId = '';

  constructor(bus: BusAdapterOptions['bus']) {
    this.#bus = bus;
  }

  setId(id: string): this {
    this.#busId = id;
    return this;
  }

  /** There is nothing to send again: a message that the bus took has been taken, whatever happens to connections. */
  onReconnect(): void {}

  async publish(channel: string, payload: unknown): Promise<void> {
    const notification = { busId: this.#busId, payload };
    await this.#bus.broadcast(this.#topic(channel), notification, { self: true });
  }

  async subscribe(channel: string, handler: (payload: never) => unknown): Promise<void> {
    const stop = this.#bus.on(this.#topic(channel), ({ busId, payload }: Notification) => {
      return busId === this.#busId ? undefined : handler(payload);
    });
    this.#stops.set(channel, [...(this.#stops.get(channel) ?? []), stop]);
  }

  async unsubscribe(channel: string): Promise<void> {
    for (const stop of this.#stops.get(channel) ?? []) stop();
    this.#stops.delete(channel);
  }

  async disconnect(): Promise<void> {
    for (const channel of [...this.#stops.keys()]) await this.unsubscribe(channel);
  }

  #topic(channel: string): string {
    return this.#bus.topicOf('bentocache', channel);
  }
}
