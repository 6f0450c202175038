/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract of the bus: one API in a worker, in the primary and in a lone process.
 *
 * What may be relied on:
 *
 * - Messages of one sender reach one receiver in the order in which they were sent.
 * - At most once: a message is delivered once or, where its receiver dies first, not at all.
 * - What is sent to a process between its fork and its first `on` waits for that listener, for at most `keepMs`
 *   and within `maxOutboxBytes`, and is counted where it is dropped. The turn of the event loop in which `on` is
 *   first called counts as one moment: listeners added in it all get their share.
 * - A payload is copied when it is sent: changing it afterwards changes nothing. The listeners of one
 *   process share the copy that arrived.
 * - Listeners are called in a later turn than the one that sent, also in the same process.
 * - The primary outlives its workers, whatever they send and however they die.
 * - Traffic that is not the bus's own passes untouched, and no `message` listener sees the bus's.
 * - An open bus keeps no process alive.
 */

import type { BroadcastOptions, RequestOptions, Target } from './bus-options.js';
import type { PayloadOf, TopicOf, TopicsOf } from './payload.js';

export type {
  BroadcastOptions,
  BusOptions,
  OutboxPolicy,
  RequestOptions,
  Target,
} from './bus-options.js';

/** Who sent a message. A worker that is replaced keeps its slot; its generation grows. */
export interface Member {
  /** 0…N-1 for workers, `'primary'` for the primary and for a lone process. */
  readonly slot: number | 'primary';
  /** 1 for the first process in a slot, then one more for each successor. */
  readonly generation: number;
  /** The role that the cluster gave it. Default: `'worker'`, and `'primary'` for the primary. */
  readonly role: string;
}

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

/** What `gather` gives. */
export interface Gathered<Output> {
  readonly ok: readonly { readonly from: Member; readonly value: Output }[];
  /** Those that gave no reply, and why. Of a slot or role that nobody has, the slot or role. */
  readonly failed: readonly {
    readonly target: Member | number | string;
    readonly error: unknown;
  }[];
}

/** One member as the primary sees it. */
export interface MemberStats extends Member {
  /** What waits for it. */
  readonly bytes: number;
  readonly messages: number;
  /** How many messages for it were dropped for want of room. */
  readonly dropped: number;
  /** Whether it has not listened to anything yet. */
  readonly waiting: boolean;
}

/** Counts since the start of this process, and what waits now. All buses of the process share them. */
export interface BusStats {
  /** Messages that this process sent and got: broadcasts, requests and replies. */
  readonly sent: number;
  readonly received: number;
  /** Messages dropped here for want of room. */
  readonly dropped: number;
  /** Messages that their receivers had not got when they died. */
  readonly lost: number;
  /** Frames, or payloads in them, that no bus of this version wrote. */
  readonly badFrames: number;
  /** What waits to leave this process. */
  readonly bytes: number;
  readonly messages: number;
  /** In the primary: what is retained, and how many values were dropped for want of room. */
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

// biome-ignore lint/suspicious/noExplicitAny: a payload of which nobody said the type is what its listener takes it for.
type Untyped = any;

/** What a bus has where nobody said which events and calls there are. */
export type AnyEvents = Record<string, Untyped>;
export type AnyCalls = Record<string, (input: Untyped) => Untyped>;

/** `Events` maps each topic to its payload, `Calls` each call to a function from its payload to its reply. */
export interface Bus<Events extends object = AnyEvents, Calls extends object = AnyCalls>
  extends AsyncDisposable {
  /**
   * Who this process is.
   *
   * Known at once in the primary, in a lone process and where the cluster gave it through the environment
   * (`@muster/core` does). A worker of plain node:cluster is told by the primary soon after its start:
   * throws `MUSTER_NOT_JOINED` before that.
   */
  readonly self: Member;

  /** Resolves with `self` when the primary knows this process. Never, where the primary has no bus. */
  whenJoined(options?: { signal?: AbortSignal }): Promise<Member>;

  /**
   * Resolves when the primary knows of every `on` so far: whatever anybody sends after that reaches these listeners.
   * Rejects with the reason of `signal`, or with `MUSTER_BUS_CLOSED` when the primary is gone. Never resolves where the
   * primary has no bus.
   *
   * This and all that sends fails with BusVersionError where the primary's bus writes frames of another version.
   */
  whenSubscribed(options?: { signal?: AbortSignal }): Promise<void>;

  /** Those whose bus is there, this process included. Empty before this process has joined. */
  members(): readonly Member[];

  /** Calls `listener` for each member whose bus joins after this process. Returns what ends that. */
  onJoined(listener: (member: Member) => void): () => void;

  /** Calls `listener` for each member that has gone, after all that it sent. Returns what ends that. */
  onLeft(listener: (member: Member) => void): () => void;

  /**
   * Calls `listener` for each message on `topic`, and returns what ends that.
   *
   * In a pattern `*` stands for one level, and `**` for any number of levels, none included: `orders.*`
   * hears `orders.created`, `orders.**` hears that, `orders` and `orders.eu.created`.
   *
   * @throws InvalidTopicError, InvalidOptionError for a listener that is no function, BusClosedError,
   * TooManySubscriptionsError where this process listens to 100,000 topics and patterns already
   */
  on<Topic extends string>(
    topic: Topic & ([TopicsOf<Events, Topic>] extends [never] ? never : Topic),
    listener: Listener<PayloadOf<Events, Topic>, TopicsOf<Events, Topic> & string>,
  ): () => void;

  /**
   * The next message on `topic`: its payload. Rejects with the reason of `signal`, or with
   * `MUSTER_BUS_CLOSED` when the bus is closed before it came.
   */
  once<Topic extends string>(
    topic: Topic & ([TopicsOf<Events, Topic>] extends [never] ? never : Topic),
    options?: { signal?: AbortSignal },
  ): Promise<PayloadOf<Events, Topic>>;

  /**
   * Sends to every member that listens. The promise resolves when the sender may send more, and never
   * rejects: it need not be awaited.
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
   * Deletes the retained value of a topic, in order with what this process sends: who begins to listen later gets none.
   * Those that listen are not told.
   *
   * @throws InvalidTopicError, BusClosedError
   */
  deleteRetained(topic: keyof Events & string): void;

  /**
   * A topic of these levels, in which dots, stars and `%` are escaped as in a URL (`%2E`): for levels that are not your
   * own, such as names of users. No two lists of levels give the same topic.
   *
   * @throws InvalidTopicError for a level that is no string or number, and a topic that is too long
   */
  topicOf<
    const Levels extends readonly [string | number | bigint, ...(string | number | bigint)[]],
  >(...levels: Levels): TopicOf<Levels>;

  /**
   * Answers requests. A process has one handler for a call. What it throws is the requester's
   * `MUSTER_REMOTE_ERROR`. Returns what ends that.
   *
   * @throws HandlerTakenError, InvalidTopicError, InvalidOptionError, BusClosedError
   */
  handle<Call extends keyof Calls & string>(
    call: Call,
    handler: CallHandler<InputOf<Calls, Call>, OutputOf<Calls, Call>>,
  ): () => void;

  /**
   * Asks one member: the one in a slot, the primary, or of a role each in turn. Always settles.
   *
   * Rejects with RemoteError, NoHandlerError, WorkerGoneError, RequestTimeoutError, BackpressureError,
   * UnsupportedValueError, MessageTooLargeError, InvalidTopicError, InvalidTargetError, InvalidOptionError,
   * BusClosedError, or the reason of `signal`.
   */
  request<Call extends keyof Calls & string>(
    to: number | string,
    call: Call,
    payload: InputOf<Calls, Call>,
    options?: RequestOptions,
  ): Promise<OutputOf<Calls, Call>>;

  /**
   * Asks all members that `to` names, this process included where it is one of them. Who is asked is fixed
   * when it is sent. Resolves when each has answered, failed, died or timed out.
   */
  gather<Call extends keyof Calls & string>(
    to: Target,
    call: Call,
    payload: InputOf<Calls, Call>,
    options?: RequestOptions,
  ): Promise<Gathered<OutputOf<Calls, Call>>>;

  /** Resolves when all that was sent before has left this process: it may exit. */
  flush(options?: { signal?: AbortSignal }): Promise<void>;

  stats(): BusStats;

  /**
   * Ends its listeners and handlers: none is called any more, not even for what has arrived. Its pending requests,
   * `once` and `whenSubscribed` reject with `MUSTER_BUS_CLOSED`. Resolves when what it sent before has left the process, after 5 s at most: a
   * receiver may hang.
   */
  close(): Promise<void>;
}
