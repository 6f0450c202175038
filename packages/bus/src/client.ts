// One process as a member: its listeners, what it tells the router about them, and the dispatch to them.

import { pack, unpack } from './body.js';
import type { Member } from './bus.js';
import {
  type Address,
  BROADCAST,
  LISTEN,
  OPEN,
  type Parcel,
  readFrame,
  UNLISTEN,
  WELCOME,
  WHO,
} from './frame.js';
import { Stamps } from './member.js';
import { Outbox } from './outbox.js';
import { isReserved } from './topic.js';
import { TopicIndex } from './topic-index.js';

/** The way to the router: an outbox in a worker, the router itself where it lives in this process. */
export interface Uplink {
  push(kind: string, name: string, address: Address, body: string): void;
  /** Makes this process known to the router. Once more does no harm. */
  hello(): void;
  /** The router knows this process: what is pushed may go. */
  welcomed(): void;
  flushed(): Promise<void>;
}

/** One call of `on`. It must not throw. */
export interface Subscription {
  readonly pattern: string;
  deliver(payload: unknown, delivery: { topic: string; from: Member }): void;
}

export class Client {
  readonly #uplink: Uplink;
  readonly #index = new TopicIndex<Subscription>();
  /** How many subscriptions each pattern has: the router is told of the first and of the last. */
  readonly #counts = new Map<string, number>();
  readonly #stamps = new Stamps();
  /** What this process sends to itself. Held until it listens and knows who it is. */
  readonly #toSelf: Outbox;
  #self: Member | undefined;
  #known = false;
  #opened: 'no' | 'scheduled' | 'yes' = 'no';
  readonly #joined: Promise<Member>;
  #join!: (self: Member) => void;

  /** @param presumed what is known of this process beforehand. The router's word, when it comes, stands above it. */
  constructor(uplink: Uplink, presumed: Member | undefined) {
    this.#uplink = uplink;
    this.#self = presumed;
    this.#joined = new Promise((resolve) => {
      this.#join = resolve;
    });
    this.#toSelf = new Outbox(
      {
        send: (frame, sent) => {
          this.receive(frame);
          queueMicrotask(sent);
        },
      },
      true,
    );
  }

  get self(): Member | undefined {
    return this.#self;
  }

  whenJoined(): Promise<Member> {
    return this.#joined;
  }

  subscribe(subscription: Subscription): () => void {
    const { pattern } = subscription;
    const count = this.#counts.get(pattern) ?? 0;
    this.#counts.set(pattern, count + 1);
    this.#index.add(pattern, subscription);
    if (count === 0) this.#uplink.push(LISTEN, pattern, null, '');
    if (!isReserved(pattern)) this.#open();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#index.delete(pattern, subscription);
      const left = (this.#counts.get(pattern) ?? 1) - 1;
      if (left > 0) this.#counts.set(pattern, left);
      else {
        this.#counts.delete(pattern);
        this.#uplink.push(UNLISTEN, pattern, null, '');
      }
    };
  }

  /** @throws UnsupportedValueError */
  broadcast(topic: string, payload: unknown, address: Address, self: boolean): void {
    const body = pack(payload);
    this.#uplink.push(BROADCAST, topic, address, body);
    if (self) this.#toSelf.push(BROADCAST, topic, null, body);
  }

  /** Resolves when all that was sent before has left this process. */
  async flushed(): Promise<void> {
    await this.#uplink.flushed();
    if (this.#opened === 'yes' && this.#known) await this.#toSelf.flushed();
  }

  /** @returns `false` for what is not a frame of this version. */
  receive(frame: unknown): boolean {
    return readFrame(frame, (parcel) => this.#take(parcel));
  }

  #take({ kind, name, address, body }: Parcel): boolean {
    switch (kind) {
      case BROADCAST:
        return this.#dispatch(name, address, body);
      case WELCOME:
        return this.#welcome(address);
      case WHO:
        this.#uplink.hello();
        return true;
      default:
        return false;
    }
  }

  #welcome(stamp: Address): boolean {
    const self = this.#stamps.read(stamp);
    if (self === undefined) return false;
    this.#self = self;
    this.#known = true;
    this.#join(self);
    this.#uplink.welcomed();
    if (this.#opened === 'yes') this.#toSelf.resume();
    return true;
  }

  #dispatch(topic: string, address: Address, body: string): boolean {
    const from = address === null ? this.#self : this.#stamps.read(address);
    if (from === undefined) return false;
    const subscriptions = this.#index.match(topic);
    if (subscriptions.length === 0) return true;
    let payloads: unknown[];
    try {
      payloads = unpack(body);
    } catch {
      // The sender's fault alone: what others sent in the same frame is delivered.
      return true;
    }
    const delivery = Object.freeze({ topic, from });
    for (const payload of payloads) {
      // A listener may end another one, or add one: the answer for the next payload is asked anew.
      for (const subscription of this.#index.match(topic)) subscription.deliver(payload, delivery);
    }
    return true;
  }

  /** Lets in what was kept so far, after this turn: more listeners may be added in it. */
  #open(): void {
    if (this.#opened !== 'no') return;
    this.#opened = 'scheduled';
    setImmediate(() => {
      this.#opened = 'yes';
      this.#uplink.push(OPEN, '', null, '');
      if (this.#known) this.#toSelf.resume();
    });
  }
}
