// Subscriptions of GraphQL over the bus: a subscriber on one worker hears what a mutation on another publishes.
import { shown } from '@muster/codec/options';
import { InvalidOptionError } from '@muster/store';
import type { PubSubEngine } from 'graphql-subscriptions';
import { type BusAdapterOptions, checkBusOptions } from './shared/bus-options.js';
import { requirePeer } from './shared/peer.js';

export interface PubSubOptions extends BusAdapterOptions {
  /** The first level of all topics on the bus. Those with the same one hear each other. Default: `graphql`. */
  prefix?: string | undefined;
}

interface Channel {
  publish(name: string, payload: unknown): Promise<void>;
  /** @returns what ends it. */
  subscribe(name: string, listener: (payload: unknown) => unknown): () => void;
  /** Resolves when every `subscribe` so far hears what anybody publishes from then on. */
  whenSubscribed(): Promise<void>;
}

/** @throws InvalidOptionError */
function channelOf(taker: string, options: PubSubOptions): Channel {
  checkBusOptions(taker, options, ['prefix']);
  const { bus, prefix = 'graphql' } = options;
  if (typeof prefix !== 'string') {
    throw new InvalidOptionError(`prefix of ${taker} is text, and not ${shown(prefix)}`);
  }
  return {
    publish: (name, payload) => bus.broadcast(bus.topicOf(prefix, name), payload, { self: true }),
    subscribe: (name, listener) => bus.on(bus.topicOf(prefix, name), listener),
    whenSubscribed: () => bus.whenSubscribed(),
  };
}

/** What the listeners of an event target get. */
class DetailEvent extends Event {
  readonly detail: unknown;

  constructor(type: string, detail: unknown) {
    super(type);
    this.detail = detail;
  }
}

type Listener = ((event: DetailEvent) => unknown) | { handleEvent(event: DetailEvent): unknown };

/** The event target of graphql-yoga's `createPubSub`; see `createEventTarget`. */
export class BusEventTarget {
  readonly #channel: Channel;
  readonly #stops = new Map<string, Map<unknown, () => void>>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** If the listener throws, `onError` of the bus is called, and everybody else goes on. */
  // biome-ignore lint/suspicious/noExplicitAny: graphql-yoga types events by their topics.
  addEventListener(type: string, listener: any, options?: any): void {
    const { once = false, signal } = Object(options) as AddEventListenerOptions;
    if (!listener || signal?.aborted || this.#stops.get(type)?.has(listener)) return;
    const stop = this.#channel.subscribe(type, (detail) => {
      if (once) this.removeEventListener(type, listener);
      return call(listener, new DetailEvent(type, detail));
    });
    const stops = this.#stops.get(type) ?? new Map<unknown, () => void>();
    this.#stops.set(type, stops.set(listener, stop));
    signal?.addEventListener('abort', () => this.removeEventListener(type, listener));
  }

  // biome-ignore lint/suspicious/noExplicitAny: as of `addEventListener`.
  removeEventListener(type: string, listener: any): void {
    const stops = this.#stops.get(type);
    stops?.get(listener)?.();
    stops?.delete(listener);
    if (stops?.size === 0) this.#stops.delete(type);
  }

  /**
   * Sends `detail` to the listeners of all processes, this one included.
   *
   * @throws as `bus.broadcast`, such as UnsupportedValueError for a detail that cannot be carried.
   */
  dispatchEvent(event: { readonly type: string; readonly detail?: unknown }): boolean {
    void this.#channel.publish(event.type, event.detail);
    return true;
  }
}

interface AddEventListenerOptions {
  readonly once?: boolean;
  readonly signal?: AbortSignal;
}

function call(listener: Listener, event: DetailEvent): unknown {
  return typeof listener === 'function' ? listener(event) : listener.handleEvent(event);
}

/**
 * The event target for `createPubSub` of graphql-yoga.
 *
 * @example
 * const pubSub = createPubSub({ eventTarget: createEventTarget({ bus }) });
 *
 * @throws InvalidOptionError if an option is not what it should be.
 */
export function createEventTarget(options: PubSubOptions): BusEventTarget {
  return new BusEventTarget(channelOf('createEventTarget()', options));
}

/**
 * The `PubSubEngine` of graphql-subscriptions, for Apollo Server and others.
 *
 * @example
 * const pubsub = createPubSubEngine({ bus });
 * const resolvers = { Subscription: { added: { subscribe: () => pubsub.asyncIterableIterator('ADDED') } } };
 *
 * @throws InvalidOptionError if an option is not what it should be; MissingPeerError without graphql-subscriptions.
 */
export function createPubSubEngine(options: PubSubOptions): PubSubEngine {
  const channel = channelOf('createPubSubEngine()', options);
  const { PubSubEngine: Engine } = requirePeer<typeof import('graphql-subscriptions')>(
    'graphql',
    'graphql-subscriptions',
  );
  const stops = new Map<number, () => void>();
  let lastId = 0;

  class BusPubSub extends Engine {
    override async publish(name: string, payload: unknown): Promise<void> {
      await channel.publish(name, payload);
    }

    override async subscribe(name: string, onMessage: (payload: unknown) => unknown) {
      lastId += 1;
      const id = lastId;
      stops.set(id, channel.subscribe(name, onMessage));
      await channel.whenSubscribed();
      return id;
    }

    override unsubscribe(id: number): void {
      stops.get(id)?.();
      stops.delete(id);
    }
  }
  return new BusPubSub();
}
