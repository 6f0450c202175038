// One process as a member: its parts, and what the buses of the process do with them.

import { setImmediate } from 'node:timers';
import type { Member, OutboxPolicy } from '../bus.js';
import type { Lack } from '../call-errors.js';
import { BackpressureError, BusVersionError, MessageTooLargeError } from '../errors.js';
import { isSame, Stamps } from '../member.js';
import { isReserved } from '../topics/topic.js';
import { type Body, bytesIn, lengthOf, prefixed } from '../wire/body.js';
import {
  type Address,
  BROADCAST,
  CANCEL,
  DELETE,
  LOSSY,
  nameOfRetainedFor,
  OPEN,
  type Parcel,
  REPLY,
  REQUEST,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  readFrame,
  refusedBy,
} from '../wire/frame.js';
import { VERSION } from '../wire/mark.js';
import { costOf } from '../wire/outbox.js';
import { type Encoding, packAs } from './encoding.js';
import { Gate } from './gate.js';
import { Inlet } from './inlet.js';
import { News } from './news.js';
import { Outlet } from './outlet.js';
import { Calls } from './requests/calls.js';
import { Requests } from './requests/requests.js';
import { Roster } from './roster.js';
import { type Subscription, Subscriptions } from './subscriptions.js';
import type { Uplink } from './uplink.js';

export interface Sending {
  readonly self: boolean;
  readonly retain: boolean;
  /** Of a retained value. */
  readonly ttlMs: number;
  readonly policy: OutboxPolicy;
  readonly maxBytes: number;
  readonly encode: Encoding;
}

const DONE = Promise.resolve();

export class Client {
  readonly roster = new Roster();
  readonly calls: Calls;
  readonly requests: Requests;
  readonly outlet: Outlet;
  /** How long the reply of a handler may be. The buses of a process share it. */
  maxReplyBytes = 0;
  readonly #inlet: Inlet;
  readonly #news: News;
  readonly #gate: Gate;
  readonly #subscriptions: Subscriptions;
  #badFrames = 0;
  #opened = false;

  /** @param presumed what is known of this process beforehand. The router's word, when it comes, stands above it. */
  constructor(uplink: Uplink, presumed: Member | undefined) {
    const stamps = new Stamps();
    const outlet = new Outlet(uplink, presumed, (frame) => this.receive(frame));
    this.outlet = outlet;
    const gate = new Gate(uplink);
    this.#gate = gate;
    this.#subscriptions = new Subscriptions((kind, pattern) =>
      outlet.push(kind, pattern, null, 0, ''),
    );
    this.requests = new Requests({
      ask(member, call, id, body) {
        const bytes = costOf(call, body);
        if (!outlet.accepts(member, bytes) || !gate.spend(member, bytes))
          throw new BackpressureError(call);
        outlet.sent++;
        outlet.pushTo(member, REQUEST, call, prefixed(id, body), bytes);
      },
      cancel(member, id) {
        const body = `${id}`;
        if (gate.spend(member, costOf('', body), true)) outlet.pushTo(member, CANCEL, '', body);
      },
      lackOf: (member, call) => this.#lackOf(member, call),
    });
    this.calls = new Calls((kind, call, member, id, body) => {
      const isReply = kind === REPLY;
      if (isReply) assertSize(`the asker of '${call}'`, body, this.maxReplyBytes);
      const bytes = costOf('', body);
      const mayGo =
        (!isReply || outlet.accepts(member, bytes)) && gate.spend(member, bytes, !isReply);
      if (!mayGo && isReply) throw new BackpressureError(call);
      // Where there is room for nothing at all, the asker hears nothing, and gives up in time.
      if (mayGo) outlet.pushTo(member, kind, '', prefixed(id, body), bytes);
    });
    const { roster, calls, requests } = this;
    const subscriptions = this.#subscriptions;
    const self = () => outlet.self;
    const inlet = new Inlet({ subscriptions, calls, requests, stamps, self });
    this.#inlet = inlet;
    this.#news = new News({ roster, gate, requests, calls, inlet, outlet, stamps });
  }

  get received(): number {
    return this.#inlet.received;
  }

  get badFrames(): number {
    return this.#badFrames + this.#inlet.bad;
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
      this.outlet.push(OPEN, '', null, 0, '');
      this.outlet.listens();
    });
  }

  /**
   * Resolves when the sender may send more.
   *
   * @throws UnsupportedValueError, MessageTooLargeError, BackpressureError
   */
  broadcast(topic: string, payload: unknown, address: Address, sending: Sending): Promise<void> {
    const { outlet } = this;
    const { policy, maxBytes, encode } = sending;
    const body = this.packed(topic, payload, maxBytes, encode);
    const mayWait = policy !== 'drop-oldest' && !isReserved(topic);
    if (outlet.refusal !== undefined) throw outlet.refusal;
    if (policy === 'error' && mayWait && (this.#gate.isShut(address) || outlet.isHeldFull))
      throw new BackpressureError(topic);
    outlet.sent++;
    // Whether a target means this process can be told only when it knows who it is.
    const isEarly = outlet.isHeld || (sending.self && address !== null && !outlet.isKnown);
    if (!isEarly) {
      this.#send(topic, address, body, sending);
      return mayWait ? this.#gate.room(address) : DONE;
    }
    const known = outlet.hold(() => this.#send(topic, address, body, sending), costOf(topic, body));
    const room = () => (mayWait ? this.#gate.room(address) : DONE);
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
    const take = (parcel: Parcel) => {
      if (!this.take(parcel)) this.#badFrames++;
      return true;
    };
    if (readFrame(frame, take)) return;
    this.#badFrames++;
    const version = refusedBy(frame);
    if (version === undefined || this.outlet.isKnown) return;
    this.outlet.refused(new BusVersionError(VERSION, version));
    this.#gate.isOff = true;
    this.#gate.changed();
  }

  /** @returns `false` for a parcel that makes no sense from a router. */
  take(parcel: Parcel): boolean {
    return this.#news.take(parcel) ?? this.#inlet.take(parcel);
  }

  /** The primary is gone: no reply will come, nor word of who has room. */
  cutOff(): void {
    this.outlet.cutOff();
    this.requests.allGone();
    this.#gate.isOff = true;
    this.#gate.changed();
  }

  /** Deletes a retained value, in order with what this process sends. */
  deleteRetained(topic: string): void {
    const send = () => this.outlet.push(DELETE, topic, null, 0, '');
    if (this.outlet.isHeld) this.outlet.hold(send, costOf(topic, ''));
    else send();
  }

  #lackOf(member: Member, call: string): Lack | undefined {
    if (!this.roster.isUp(member)) return 'no bus';
    // Control calls do not wait for a listener.
    if (isReserved(call)) return undefined;
    const { self } = this.outlet;
    const isSelf = self !== undefined && isSame(member, self);
    return (isSelf ? this.#opened : this.roster.isOpen(member)) ? undefined : 'no listener';
  }

  /** The router returns it to its sender by itself, where that wants it. */
  #retain(topic: string, address: Address, body: Body, self: boolean, ttlMs: number): void {
    if (ttlMs < Number.POSITIVE_INFINITY) {
      const name = nameOfRetainedFor(topic, self, ttlMs);
      this.outlet.push(RETAINED_FOR, name, address, 1, body);
    } else this.outlet.push(self ? RETAINED_SELF : RETAINED, topic, address, 1, body);
  }

  #send(topic: string, address: Address, body: Body, sending: Sending): void {
    const { self, retain, ttlMs, policy } = sending;
    if (retain) {
      this.#retain(topic, address, body, self, ttlMs);
      return;
    }
    const kind = policy === 'drop-oldest' ? LOSSY : BROADCAST;
    this.outlet.push(kind, topic, address, 1, body);
    if (!self) return;
    if (this.roster.means(address, this.outlet.self)) this.outlet.pushToSelf(topic, body);
  }
}

/** @throws MessageTooLargeError */
function assertSize(whom: string, body: Body, maxBytes: number): void {
  // A character is at most three bytes: most messages need not be measured.
  if (lengthOf(body) * 3 <= maxBytes) return;
  const bytes = bytesIn(body);
  if (bytes > maxBytes) throw new MessageTooLargeError(whom, bytes, maxBytes);
}
