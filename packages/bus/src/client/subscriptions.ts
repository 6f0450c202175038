// The listeners of this process, and what the router is to know of them.

import { isTraced, traceReceiving } from '@muster/codec/tracing';
import type { Member } from '../bus.js';
import { TooManySubscriptionsError } from '../errors.js';
import { isReserved, MAX_SUBSCRIPTIONS } from '../topics/topic.js';
import { TopicIndex } from '../topics/topic-index.js';
import { trace } from '../trace.js';
import { noteOf, unpack } from '../wire/body.js';
import { LISTEN, REPLAY, UNLISTEN } from '../wire/frame.js';

/** One call of `on`. It must not throw. */
export interface Subscription {
  readonly pattern: string;
  /** The versions of the retained values that it has had. */
  readonly seen: Map<string, number>;
  deliver(payload: unknown, delivery: { topic: string; from: Member }): void;
}

export class Subscriptions {
  readonly #index = new TopicIndex<Subscription>();
  /** How many subscriptions each pattern has: the router learns of the first and of the last. */
  readonly #counts = new Map<string, number>();
  /** Patterns whose retained values were asked for, since the last of any came: who is added now hears them, too. */
  readonly #asked = new Set<string>();
  readonly #tell: (kind: string, pattern: string) => void;

  /** @param tell the router. */
  constructor(tell: (kind: string, pattern: string) => void) {
    this.#tell = tell;
  }

  hears(topic: string): boolean {
    return this.#index.match(topic).length > 0;
  }

  /** @throws TooManySubscriptionsError */
  add(subscription: Subscription): () => void {
    const { pattern } = subscription;
    const count = this.#counts.get(pattern) ?? 0;
    if (count === 0 && this.#counts.size >= MAX_SUBSCRIPTIONS) {
      throw new TooManySubscriptionsError(pattern, MAX_SUBSCRIPTIONS);
    }
    this.#counts.set(pattern, count + 1);
    this.#index.add(pattern, subscription);
    if (count === 0) {
      trace('subscribes to %s', pattern);
      this.#tell(LISTEN, pattern);
    } else if (!this.#asked.has(pattern)) this.#tell(REPLAY, pattern);
    this.#asked.add(pattern);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#index.delete(pattern, subscription);
      const left = (this.#counts.get(pattern) ?? 1) - 1;
      if (left > 0) this.#counts.set(pattern, left);
      else {
        this.#counts.delete(pattern);
        this.#asked.delete(pattern);
        trace('unsubscribes from %s', pattern);
        this.#tell(UNLISTEN, pattern);
      }
    };
  }

  /**
   * Calls the listeners, for each payload in turn.
   *
   * @param version of a retained value: a subscription takes each once, and none that is older
   * @returns how many payloads could not be opened.
   */
  dispatch(topic: string, from: Member, wires: readonly unknown[], version?: number): number {
    let bad = 0;
    if (version !== undefined) this.#asked.clear();
    const delivery = Object.freeze({ topic, from });
    const isObserved = isTraced() && !isReserved(topic);
    for (const wire of wires) {
      let payload: unknown;
      try {
        payload = unpack(wire);
      } catch {
        bad++;
        continue;
      }
      // A listener may end another one, or add one: the answer for the next payload is asked anew.
      for (const subscription of this.#index.match(topic)) {
        if (version !== undefined) {
          if ((subscription.seen.get(topic) ?? 0) >= version) continue;
          subscription.seen.set(topic, version);
        }
        if (!isObserved) subscription.deliver(payload, delivery);
        else this.#traced(subscription, payload, delivery, wire);
      }
    }
    return bad;
  }

  #traced(
    subscription: Subscription,
    payload: unknown,
    delivery: { topic: string; from: Member },
    wire: unknown,
  ): void {
    traceReceiving('listen', delivery.topic, noteOf(wire), () =>
      subscription.deliver(payload, delivery),
    );
  }
}
