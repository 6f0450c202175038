// One process as a member: its parts, and what the buses of the process do with them.

import { setImmediate } from 'node:timers';
import { MAX_FLAT_COPY_CHARS } from '@muster/codec';
import { noteToSend } from '@muster/codec/tracing';
import type { Member, OutboxPolicy } from '../bus.js';
import { BackpressureError, BusVersionError, MessageTooLargeError } from '../errors.js';
import { isSame, Stamps } from '../members/member.js';
import type { Missing } from '../request-errors.js';
import { isReserved } from '../topics/topic.js';
import { type Body, bytesIn, lengthOf, noted, prefixed } from '../wire/body.js';
import { costOf } from '../wire/cost.js';
import {
  type Address,
  BROADCAST,
  CANCEL,
  DELETE,
  LOSSY,
  mismatchedVersion,
  nameOfRetainedFor,
  OPEN,
  type Packet,
  REPLY,
  REQUEST,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  readFrame,
} from '../wire/frame.js';
import { VERSION } from '../wire/protocol.js';
import { Backpressure } from './backpressure.js';
import { type Encoding, packAs } from './encoding.js';
import { Membership } from './membership.js';
import { Receiver } from './receiver.js';
import { Handlers } from './requests/handlers.js';
import { PendingRequests } from './requests/pending-requests.js';
import { RouterNotices } from './router-notices.js';
import { Sender } from './sender.js';
import { type Subscription, Subscriptions } from './subscriptions.js';
import type { Uplink } from './uplink.js';

export interface SendOptions {
  readonly self: boolean;
  readonly retain: boolean;
  /** Of a retained value. */
  readonly ttlMs: number;
  readonly policy: OutboxPolicy;
  readonly maxBytes: number;
  readonly encode: Encoding;
}

/** The largest size of a message that is added to another: a character has at most six bytes, if JSON escapes it. */
const MAX_EXTENDING_BYTES = 6 * MAX_FLAT_COPY_CHARS;

const DONE = Promise.resolve();

export class Client {
  readonly membership = new Membership();
  readonly handlers: Handlers;
  readonly requests: PendingRequests;
  readonly sender: Sender;
  /** How long the reply of a handler may be. The buses of a process share it. */
  maxReplyBytes = 0;
  readonly #receiver: Receiver;
  readonly #notices: RouterNotices;
  readonly #backpressure: Backpressure;
  readonly #subscriptions: Subscriptions;
  #badFrames = 0;
  #opened = false;

  /** @param presumed what is known of this process beforehand. The router's word, when it comes, stands above it. */
  constructor(uplink: Uplink, presumed: Member | undefined) {
    const stamps = new Stamps();
    const sender = new Sender(uplink, presumed, (frame) => this.receive(frame));
    this.sender = sender;
    const backpressure = new Backpressure(uplink, stamps);
    this.#backpressure = backpressure;
    this.#subscriptions = new Subscriptions((kind, pattern) =>
      sender.push(kind, pattern, null, 0, ''),
    );
    this.requests = new PendingRequests({
      ask(member, call, id, body) {
        const bytes = costOf(call, body);
        if (!sender.accepts(member, bytes) || !backpressure.spend(member, bytes))
          throw new BackpressureError(call);
        sender.sent++;
        sender.pushTo(member, REQUEST, call, prefixed(id, body), bytes);
      },
      cancel(member, id) {
        const body = `${id}`;
        if (backpressure.spend(member, costOf('', body), true))
          sender.pushTo(member, CANCEL, '', body);
      },
      missingFor: (member, call) => this.#missingFor(member, call),
    });
    this.handlers = new Handlers((kind, call, member, id, body) => {
      const isReply = kind === REPLY;
      if (isReply) assertSize(`the requester of '${call}'`, body, this.maxReplyBytes);
      const bytes = costOf('', body);
      const mayGo =
        (!isReply || sender.accepts(member, bytes)) && backpressure.spend(member, bytes, !isReply);
      if (!mayGo && isReply) throw new BackpressureError(call);
      // Where there is room for nothing at all, the requester hears nothing, and gives up in time.
      if (mayGo) sender.pushTo(member, kind, '', prefixed(id, body), bytes);
    });
    const { membership, handlers, requests } = this;
    const subscriptions = this.#subscriptions;
    const self = () => sender.self;
    const receiver = new Receiver({ subscriptions, handlers, requests, stamps, self });
    this.#receiver = receiver;
    this.#notices = new RouterNotices({
      membership,
      backpressure,
      requests,
      handlers,
      receiver,
      sender,
      stamps,
    });
  }

  get received(): number {
    return this.#receiver.received;
  }

  get badFrames(): number {
    return this.#badFrames + this.#receiver.bad;
  }

  subscribe(subscription: Subscription): () => void {
    const end = this.#subscriptions.add(subscription);
    if (!isReserved(subscription.pattern)) this.open();
    return end;
  }

  /** Lets in what was kept so far, after this turn: more listeners may be added in it. */
  open(): void {
    if (this.#opened) return;
    this.#opened = true;
    setImmediate(() => {
      this.sender.push(OPEN, '', null, 0, '');
      this.sender.listens();
    });
  }

  /**
   * Resolves when the sender may send more.
   *
   * @throws UnsupportedValueError, MessageTooLargeError, BackpressureError
   */
  broadcast(
    topic: string,
    payload: unknown,
    address: Address,
    options: SendOptions,
  ): Promise<void> {
    const { sender } = this;
    const { policy, maxBytes, encode } = options;
    const mayWait = policy !== 'drop-oldest' && !isReserved(topic);
    // A retained value is also for those who come much later.
    const note = options.retain || isReserved(topic) ? undefined : noteToSend();
    if (note === undefined && this.#extends(topic, payload, address, options)) {
      sender.sent++;
      return mayWait ? this.#backpressure.room(address) : DONE;
    }
    const body = noted(this.packed(topic, payload, maxBytes, encode), note);
    if (sender.joinError !== undefined) throw sender.joinError;
    if (policy === 'error' && mayWait && (this.#backpressure.isFull(address) || sender.isHeldFull))
      throw new BackpressureError(topic);
    sender.sent++;
    // Whether a target means this process can be told only when it knows who it is.
    const isEarly = sender.isHeld || (options.self && address !== null && !sender.isKnown);
    if (!isEarly) {
      this.#send(topic, address, body, options);
      return mayWait ? this.#backpressure.room(address) : DONE;
    }
    const known = sender.hold(() => this.#send(topic, address, body, options), costOf(topic, body));
    const room = () => (mayWait ? this.#backpressure.room(address) : DONE);
    // A broadcast never rejects: where the primary refuses this process, the next one throws.
    return known === undefined || !mayWait ? room() : known.then(room, () => {});
  }

  /** @throws UnsupportedValueError, MessageTooLargeError */
  packed(name: string, payload: unknown, maxBytes: number, encode: Encoding): Body {
    const body = packAs(encode, payload);
    assertSize(`'${name}'`, body, maxBytes);
    return body;
  }

  receive(frame: unknown): void {
    // Another member may have sent what makes no sense: what follows it in the frame is not that one's.
    const take = (packet: Packet) => {
      if (!this.take(packet)) this.#badFrames++;
      return true;
    };
    if (readFrame(frame, take)) return;
    this.#badFrames++;
    const version = mismatchedVersion(frame);
    if (version === undefined || this.sender.isKnown) return;
    this.sender.joinFailed(new BusVersionError(VERSION, version));
    this.#backpressure.isOff = true;
    this.#backpressure.changed();
  }

  /** @returns `false` for a packet that makes no sense from a router. */
  take(packet: Packet): boolean {
    return this.#notices.take(packet) ?? this.#receiver.take(packet);
  }

  /** The primary is gone: no reply will come, nor word of who has room. */
  cutOff(): void {
    this.sender.cutOff();
    this.requests.allGone();
    this.#backpressure.isOff = true;
    this.#backpressure.changed();
  }

  /** Deletes a retained value, in order with what this process sends. */
  deleteRetained(topic: string): void {
    const send = () => this.sender.push(DELETE, topic, null, 0, '');
    if (this.sender.isHeld) this.sender.hold(send, costOf(topic, ''));
    else send();
  }

  #missingFor(member: Member, call: string): Missing | undefined {
    if (!this.membership.isUp(member)) return 'no bus';
    // Control calls do not wait for a listener.
    if (isReserved(call)) return undefined;
    const { self } = this.sender;
    const isSelf = self !== undefined && isSame(member, self);
    return (isSelf ? this.#opened : this.membership.isOpen(member)) ? undefined : 'no listener';
  }

  /** The router returns it to its sender by itself, where that wants it. */
  #retain(topic: string, address: Address, body: Body, self: boolean, ttlMs: number): void {
    if (ttlMs < Number.POSITIVE_INFINITY) {
      const name = nameOfRetainedFor(topic, self, ttlMs);
      this.sender.push(RETAINED_FOR, name, address, 1, body);
    } else this.sender.push(self ? RETAINED_SELF : RETAINED, topic, address, 1, body);
  }

  /** Whether it went beside the last one that was sent, as small ones to the same topic do. */
  #extends(topic: string, payload: unknown, address: Address, options: SendOptions): boolean {
    const { self, retain, policy, maxBytes } = options;
    if (self || retain || policy === 'error' || maxBytes < MAX_EXTENDING_BYTES) return false;
    const kind = policy === 'drop-oldest' ? LOSSY : BROADCAST;
    return this.sender.extend(kind, topic, address, payload);
  }

  #send(topic: string, address: Address, body: Body, options: SendOptions): void {
    const { self, retain, ttlMs, policy } = options;
    if (retain) {
      this.#retain(topic, address, body, self, ttlMs);
      return;
    }
    const kind = policy === 'drop-oldest' ? LOSSY : BROADCAST;
    this.sender.push(kind, topic, address, 1, body);
    if (!self) return;
    if (this.membership.isAddressed(address, this.sender.self)) this.sender.pushToSelf(topic, body);
  }
}

/** @throws MessageTooLargeError */
function assertSize(whom: string, body: Body, maxBytes: number): void {
  // A character is at most three bytes: most messages need not be measured.
  if (lengthOf(body) * 3 <= maxBytes) return;
  const bytes = bytesIn(body);
  if (bytes > maxBytes) throw new MessageTooLargeError(whom, bytes, maxBytes);
}
