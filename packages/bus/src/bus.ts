/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract of the bus: one API in a worker, in the primary and in a lone process.
 *
 * It promises:
 *
 * - Messages of one sender reach one receiver in the order in which they were sent.
 * - At most once: a message is delivered once or, if its receiver dies first, not at all.
 * - A message to a process between its fork and its first `on` waits for that listener, for at most `keepMs` and
 *   within `maxOutboxBytes`; dropped messages are counted. The turn of the event loop in which `on` is first called
 *   counts as one moment: all listeners that are added in it receive their share.
 * - A payload is copied when it is sent: changing it afterwards changes nothing. The listeners of one
 *   process share the copy that arrived.
 * - Listeners are called in a later turn than the one that sent, also in the same process.
 * - The primary outlives its workers, whatever they send and however they die.
 * - Other traffic on the channel passes untouched, and no `message` listener sees messages of the bus.
 * - An open bus keeps no process alive.
 */

import type { BroadcastOptions, OneTarget, RequestOptions, Target } from './bus-options.js';
import type { PayloadOf, TopicOf, TopicsOf } from './payload.js';

export type {
  BroadcastOptions,
  BusOptions,
  MachineTarget,
  OneTarget,
  OutboxPolicy,
  RequestOptions,
  Scope,
  Target,
} from './bus-options.js';

/** A process with a bus. The successor of a worker has the same slot and the next generation. */
export interface Member {
  /** The name of its machine: that of the host, where nobody said another one. */
  readonly machine: string;
  /** 0…N-1 for workers, `'primary'` for the primary and for a lone process. */
  readonly slot: number | 'primary';
  /** 1 for the first process in a slot, then one more for each successor. */
  readonly generation: number;
  /** The role that the cluster assigned. Default: `'worker'`, and `'primary'` for the primary. */
  readonly role: string;
}

/** What may have been missed. */
export interface Gap {
  /** The machine whose messages. */
  readonly machine: string;
  /** Since when, about, in milliseconds of the day's time by the clock of the link. */
  readonly sinceMs: number;
}

/** The second argument of a listener. */
export interface Delivery<Topic extends string = string> {
  readonly topic: Topic;
  readonly from: Member;
}

/**
 * If it throws, or if the promise that it returns rejects, `BusOptions.onError` is called, and nothing else happens:
 * the other listeners and the process go on.
 */
export type Listener<Payload, Topic extends string = string> = (
  payload: Payload,
  delivery: Delivery<Topic>,
) => unknown;

export interface HandlerContext {
  readonly call: string;
  readonly from: Member;
  /** Aborted when the requester gave up, timed out or died. */
  readonly signal: AbortSignal;
}

export type CallHandler<Input, Output> = (
  payload: Input,
  context: HandlerContext,
) => Output | Promise<Output>;

/** The result of `gather`. */
export interface Gathered<Output> {
  readonly ok: readonly { readonly from: Member; readonly value: Output }[];
  /** The members that gave no reply, and why. For a slot or role that no member has, `target` is that slot or role. */
  readonly failed: readonly {
    readonly target: Member | OneTarget;
    readonly error: unknown;
  }[];
}

/** One member as the primary sees it. */
export interface MemberStats extends Member {
  /** The messages that wait for it. */
  readonly bytes: number;
  readonly messages: number;
  /** How many messages to it were dropped because there was no room. */
  readonly dropped: number;
  /** Whether it has no listener so far. */
  readonly waiting: boolean;
}

/** Counts since the start of this process, and the messages that wait now. All buses of the process share them. */
export interface BusStats {
  /** Messages that this process sent and received: broadcasts, requests and replies. */
  readonly sent: number;
  readonly received: number;
  /** Messages that were dropped here because there was no room. */
  readonly dropped: number;
  /** Messages that had not reached their receivers when these died. */
  readonly lost: number;
  /** Frames, or payloads in them, that were not written by a bus of this version. */
  readonly badFrames: number;
  /** The messages that wait to leave this process. */
  readonly bytes: number;
  readonly messages: number;
  /** In the primary: the retained values, and how many were dropped because there was no room. */
  readonly retained: {
    readonly topics: number;
    readonly bytes: number;
    readonly dropped: number;
  };
  /** In the primary: each member. */
  readonly members: readonly MemberStats[];
}

type InputOf<Calls, Call extends keyof Calls> = Calls[Call] extends (input: infer Input) => unknown
  ? Input
  : never;

type OutputOf<Calls, Call extends keyof Calls> = Calls[Call] extends (input: never) => infer Output
  ? Awaited<Output>
  : never;

// biome-ignore lint/suspicious/noExplicitAny: a payload without a type has the one that its listener expects.
type Untyped = any;

/** The events and calls of a bus that was created without type arguments. */
export type AnyEvents = Record<string, Untyped>;
export type AnyCalls = Record<string, (input: Untyped) => Untyped>;

/** `Events` maps each topic to its payload, `Calls` each call to a function from its payload to its reply. */
export interface Bus<Events extends object = AnyEvents, Calls extends object = AnyCalls>
  extends AsyncDisposable {
  /**
   * The member that this process is.
   *
   * Known at once in the primary, in a lone process, and where the cluster assigned it through the environment
   * (`@muster/core` does). A worker of plain node:cluster learns it from the primary soon after its start:
   * before that it throws `MUSTER_NOT_JOINED`.
   */
  readonly self: Member;

  /** Resolves with `self` when the primary knows this process. Never resolves if the primary has no bus. */
  whenJoined(options?: { signal?: AbortSignal | undefined }): Promise<Member>;

  /**
   * Resolves when the primary knows of every `on` so far: whatever a member of this machine sends after that reaches these
   * listeners, and so does whatever a member of another machine sends in answer to it. What another machine sends at the same
   * time may still miss them, because its primary has to hear of them first. The values that were retained for these listeners
   * at that moment have been delivered.
   * Rejects with the reason of `signal`, or with `MUSTER_BUS_CLOSED` when the primary is gone. Never resolves if the
   * primary has no bus.
   *
   * This method and all that send fail with BusVersionError if the primary's bus writes frames of another version.
   */
  whenSubscribed(options?: { signal?: AbortSignal | undefined }): Promise<void>;

  /** All members, this process included. Empty before this process has joined. */
  members(): readonly Member[];

  /** Calls `listener` for each member that joins after this process. Returns a function that ends that. */
  onJoined(listener: (member: Member) => void): () => void;

  /** Calls `listener` for each member that has gone, after all messages of it. Returns a function that ends that. */
  onLeft(listener: (member: Member) => void): () => void;

  /**
   * Calls `listener` when messages of another machine may have been missed: the way to it was cut for longer than its history
   * is kept. Retained values that were missed are right again then. If the other machine is slow to say what they are, `listener` is
   * called without them, and once more when they have come. Returns a function that ends that.
   */
  onGap(listener: (gap: Gap) => void): () => void;

  /**
   * Calls `listener` for each message on `topic`. Returns a function that ends that.
   *
   * In a pattern `*` stands for one level, and `**` for any number of levels, including none: `orders.*`
   * matches `orders.created`; `orders.**` matches that, `orders` and `orders.eu.created`.
   *
   * @throws InvalidTopicError, InvalidOptionError for a listener that is not a function, BusClosedError,
   * TooManySubscriptionsError if this process listens to 100,000 topics and patterns already
   */
  on<Topic extends string>(
    topic: Topic & ([TopicsOf<Events, Topic>] extends [never] ? never : Topic),
    listener: Listener<PayloadOf<Events, Topic>, TopicsOf<Events, Topic> & string>,
  ): () => void;

  /**
   * Resolves with the payload of the next message on `topic`. Rejects with the reason of `signal`, or with
   * `MUSTER_BUS_CLOSED` if the bus is closed first.
   */
  once<Topic extends string>(
    topic: Topic & ([TopicsOf<Events, Topic>] extends [never] ? never : Topic),
    options?: { signal?: AbortSignal | undefined },
  ): Promise<PayloadOf<Events, Topic>>;

  /**
   * Sends to every member that listens. The promise resolves when the sender may send more, and never
   * rejects: a caller that does not await it continues at once.
   *
   * @example
   * bus.broadcast('orders.created', { id: 7 });
   * await bus.broadcast('config', config, { retain: true, to: ['web', 'primary'] });
   *
   * @throws UnsupportedValueError for a payload that cannot be carried, MessageTooLargeError,
   * BackpressureError, InvalidTopicError, InvalidTargetError, InvalidOptionError, BusClosedError
   */
  broadcast<Topic extends keyof Events & string>(
    topic: Topic,
    payload: Events[Topic],
    options?: BroadcastOptions,
  ): Promise<void>;

  /**
   * Deletes the retained value of a topic, in order with the messages of this process: later listeners receive none.
   * Present listeners are not notified.
   *
   * @throws InvalidTopicError, BusClosedError
   */
  deleteRetained(topic: keyof Events & string): void;

  /**
   * A topic of these levels, in which dots, stars and `%` are escaped as in a URL (`%2E`): for levels that are not your
   * own, such as names of users. No two lists of levels give the same topic.
   *
   * @example
   * bus.topicOf('users', 'ada.l', 'changed'); // 'users.ada%2El.changed'
   *
   * @throws InvalidTopicError for a level that is not a string or number, and for a topic that is too long
   */
  topicOf<
    const Levels extends readonly [string | number | bigint, ...(string | number | bigint)[]],
  >(...levels: Levels): TopicOf<Levels>;

  /**
   * Answers requests. A process has one handler for a call. If the handler throws, the requester gets
   * `MUSTER_REMOTE_ERROR`. Returns a function that ends that.
   *
   * @throws HandlerTakenError, InvalidTopicError, InvalidOptionError, BusClosedError
   */
  handle<Call extends keyof Calls & string>(
    call: Call,
    handler: CallHandler<InputOf<Calls, Call>, OutputOf<Calls, Call>>,
  ): () => void;

  /**
   * Asks one member: the one in a slot, the primary, or the members of a role in turn, those of this machine first. If members of
   * several machines have the role, one that has no handler for the call is passed over. Always settles.
   *
   * @example
   * bus.handle('sum', ({ a, b }) => a + b); // in a worker
   * await bus.request('worker', 'sum', { a: 1, b: 2 }, { timeoutMs: 500 }); // 3
   *
   * Rejects with RemoteError, NoHandlerError, WorkerGoneError, RequestTimeoutError, BackpressureError,
   * UnsupportedValueError, MessageTooLargeError, InvalidTopicError, InvalidTargetError, InvalidOptionError,
   * BusClosedError, or the reason of `signal`.
   */
  request<Call extends keyof Calls & string>(
    to: OneTarget,
    call: Call,
    payload: InputOf<Calls, Call>,
    options?: RequestOptions,
  ): Promise<OutputOf<Calls, Call>>;

  /**
   * Asks all members that `to` names, including this process if it is one of them. A member that joins after the call
   * is not asked. Resolves when each member has answered, failed, died or timed out.
   *
   * @example
   * const { ok, failed } = await bus.gather('worker', 'sum', { a: 1, b: 2 });
   */
  gather<Call extends keyof Calls & string>(
    to: Target,
    call: Call,
    payload: InputOf<Calls, Call>,
    options?: RequestOptions,
  ): Promise<Gathered<OutputOf<Calls, Call>>>;

  /** Resolves when all messages that were sent before have left this process: it may exit. */
  flush(options?: { signal?: AbortSignal | undefined }): Promise<void>;

  stats(): BusStats;

  /**
   * Ends the listeners and handlers of this bus: none is called any more, not even for messages that have arrived. Its
   * pending requests, `once` and `whenSubscribed` reject with `MUSTER_BUS_CLOSED`. Resolves when the messages that were sent
   * before have left the process, after 5 s at most, since a receiver may hang.
   */
  close(): Promise<void>;
}
