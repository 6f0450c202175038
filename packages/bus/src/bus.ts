/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract of the bus: one API in a worker, in the primary and in a lone process.
 *
 * What may be relied on:
 *
 * - Messages of one sender reach one receiver in the order in which they were sent.
 * - At most once: a message is delivered once or, where its receiver dies first, not at all.
 * - What is sent to a process between its fork and its first `on` waits for that listener. The turn of the
 *   event loop in which `on` is first called counts as one moment: listeners added in it all get their share.
 * - A payload is copied when it is sent: changing it afterwards changes nothing. The listeners of one
 *   process share the copy that arrived.
 * - Listeners are called in a later turn than the one that sent, also in the same process.
 * - The primary outlives its workers, whatever they send and however they die.
 * - Traffic that is not the bus's own passes untouched, and no `message` listener sees the bus's.
 * - An open bus keeps no process alive.
 */

import type { ListenerFailedError } from './errors.js';
import type { PayloadOf, TopicsOf } from './payload.js';

/** Who sent a message. A worker that is replaced keeps its slot; its generation grows. */
export interface Member {
  /** 0…N-1 for workers, `'primary'` for the primary and for a lone process. */
  readonly slot: number | 'primary';
  /** 1 for the first process in a slot, then one more for each successor. */
  readonly generation: number;
  /** The role that the cluster gave it. Default: `'worker'`, and `'primary'` for the primary. */
  readonly role: string;
}

/** A slot, a role (`'primary'` is the primary's), or several of these: whoever one of them names. */
export type Target = number | string | readonly (number | string)[];

/** What came with a payload. */
export interface Delivery<Topic extends string = string> {
  readonly topic: Topic;
  readonly from: Member;
}

/**
 * A throw, or a rejection of the promise that it returns, goes to `BusOptions.onError` and to nobody else:
 * the other listeners and the process go on.
 */
export type Listener<Payload, Topic extends string = string> = (
  payload: Payload,
  delivery: Delivery<Topic>,
) => unknown;

/** What `createBus` takes. */
export interface BusOptions {
  /** Told of listeners that threw. Default: a process warning, once per call. */
  onError?: (error: ListenerFailedError) => void;
}

export interface BroadcastOptions {
  /** Only these members, of those that listen. Default: all. */
  to?: Target;
  /** Whether the sender's own listeners hear it too. Default: `false`. */
  self?: boolean;
}

/** `Events` maps each topic to its payload. */
export interface Bus<Events extends object = Record<string, unknown>> extends AsyncDisposable {
  /**
   * Who this process is.
   *
   * Known at once in the primary, in a lone process and where the cluster gave it through the environment
   * (`@muster/core` does). A worker of plain node:cluster is told by the primary soon after its start:
   * throws `MUSTER_NOT_JOINED` before that.
   */
  readonly self: Member;

  /** Resolves with `self` when the primary knows this process. Never, where the primary has no bus. */
  whenJoined(): Promise<Member>;

  /**
   * Calls `listener` for each message on `topic`, and returns what ends that.
   *
   * In a pattern `*` stands for one level, and `**` for any number of levels, none included: `orders.*`
   * hears `orders.created`, `orders.**` hears that, `orders` and `orders.eu.created`.
   *
   * @throws InvalidTopicError, BusClosedError
   */
  on<Topic extends string>(
    topic: Topic & ([TopicsOf<Events, Topic>] extends [never] ? never : Topic),
    listener: Listener<PayloadOf<Events, Topic>, TopicsOf<Events, Topic> & string>,
  ): () => void;

  /**
   * Sends to every member that listens.
   *
   * @throws UnsupportedValueError for a payload that cannot be carried, InvalidTopicError,
   * InvalidTargetError, BusClosedError
   */
  broadcast<Topic extends keyof Events & string>(
    topic: Topic,
    payload: Events[Topic],
    options?: BroadcastOptions,
  ): void;

  /** Takes no more messages, waits until what it sent before has left the process, and ends its listeners. */
  close(): Promise<void>;
}
