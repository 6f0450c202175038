// One process as a member: what it sends, and the dispatch of what arrives to its listeners and handlers.

import { Assembly } from './assembly.js';
import { pack, split } from './body.js';
import type { Member, OutboxPolicy } from './bus.js';
import { Calls } from './calls.js';
import { BackpressureError, MessageTooLargeError } from './errors.js';
import {
  type Address,
  BROADCAST,
  CANCEL,
  FAILURE,
  GO,
  LOSSY,
  MEMBER,
  OPEN,
  type Parcel,
  REPLY,
  REQUEST,
  RETAINED,
  RETAINED_SELF,
  readFrame,
  STOP,
  WELCOME,
  WHO,
} from './frame.js';
import { Gate } from './gate.js';
import { cut } from './long.js';
import { keyOf, Stamps, stampOf } from './member.js';
import { Outbox } from './outbox.js';
import { Requests } from './requests.js';
import { Roster } from './roster.js';
import { type Subscription, Subscriptions } from './subscriptions.js';
import { isReserved } from './topic.js';
import type { Uplink } from './uplink.js';

export interface Sending {
  readonly self: boolean;
  readonly retain: boolean;
  readonly policy: OutboxPolicy;
  readonly maxBytes: number;
}

const DONE = Promise.resolve();

export class Client {
  readonly roster = new Roster();
  readonly requests: Requests;
  readonly calls: Calls;
  /** Messages that this process sent, and messages that arrived for it. */
  sent = 0;
  received = 0;
  badFrames = 0;
  readonly #uplink: Uplink;
  readonly #subscriptions = new Subscriptions((kind, pattern) =>
    this.#push(kind, pattern, null, 0, ''),
  );
  readonly #stamps = new Stamps();
  readonly #gate: Gate;
  readonly #assembly = new Assembly((parcel) => this.#deliver(parcel));
  /** What this process sends to itself. Held until it listens and knows who it is. */
  readonly #toSelf: Outbox;
  #self: Member | undefined;
  #known = false;
  #opened: 'no' | 'scheduled' | 'yes' = 'no';
  /** What was sent before this process knew who else is there, and everything after that. */
  #early: (() => void)[] = [];
  readonly #joined: Promise<Member>;
  #join!: (self: Member) => void;

  /** @param presumed what is known of this process beforehand. The router's word, when it comes, stands above it. */
  constructor(uplink: Uplink, presumed: Member | undefined) {
    this.#uplink = uplink;
    this.#gate = new Gate(uplink);
    this.#self = presumed;
    this.#joined = new Promise((resolve) => {
      this.#join = resolve;
    });
    const port = {
      send: (frame: unknown, sent: () => void) => {
        this.receive(frame);
        setImmediate(sent);
      },
    };
    this.#toSelf = new Outbox(port, Number.MAX_SAFE_INTEGER, true);
    this.requests = new Requests((key, id) => this.#sendCall(CANCEL, '', key, `${id}`));
    this.calls = new Calls((kind, call, key, body) => {
      this.#checkSize(`the asker of '${call}'`, body, this.maxReplyBytes);
      this.#sendCall(kind, '', key, body);
    });
  }

  /** How long the reply of a handler may be. The buses of a process share it. */
  maxReplyBytes = 0;

  get self(): Member | undefined {
    return this.#self;
  }

  /** Whether this process knows who else is there. */
  get isKnown(): boolean {
    return this.#known;
  }

  /** Learns of members that are there and were not told of yet. */
  lookUp(): void {
    this.#uplink.lookUp();
  }

  whenJoined(): Promise<Member> {
    return this.#joined;
  }

  subscribe(subscription: Subscription): () => void {
    const end = this.#subscriptions.add(subscription);
    if (!isReserved(subscription.pattern)) this.open();
    return end;
  }

  /** Lets in what was kept so far, after this turn: more listeners may be added in it. */
  open(): void {
    if (this.#opened !== 'no') return;
    this.#opened = 'scheduled';
    setImmediate(() => {
      this.#opened = 'yes';
      this.#push(OPEN, '', null, 0, '');
      if (this.#known) this.#toSelf.resume();
    });
  }

  /**
   * Resolves when the sender may send more.
   *
   * @throws UnsupportedValueError, MessageTooLargeError, BackpressureError
   */
  broadcast(topic: string, payload: unknown, address: Address, sending: Sending): Promise<void> {
    const { self, retain, policy, maxBytes } = sending;
    const body = pack(payload);
    this.#checkSize(`'${topic}'`, body, maxBytes);
    const mayWait = policy !== 'drop-oldest' && !isReserved(topic);
    if (policy === 'error' && mayWait && this.#gate.isShut(topic, address))
      throw new BackpressureError(topic);
    this.sent++;
    let kind = policy === 'drop-oldest' ? LOSSY : BROADCAST;
    if (retain) kind = self ? RETAINED_SELF : RETAINED;
    const send = () => {
      this.#push(kind, topic, address, 1, body);
      if (self && !retain)
        this.#toSelf.push({ kind: BROADCAST, name: topic, address: null, count: 1, body });
    };
    if (this.#early.length > 0) this.#early.push(send);
    else send();
    return mayWait ? this.#gate.room(topic, address) : DONE;
  }

  /**
   * Sends a request to a member that this process knows.
   *
   * @throws UnsupportedValueError, MessageTooLargeError, BackpressureError, and why there is no reply
   */
  request(
    member: Member,
    call: string,
    body: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    return this.requests.ask(call, member, timeoutMs, signal, (id) => {
      if (!this.#uplink.accepts(body.length)) throw new BackpressureError(call);
      this.sent++;
      this.#sendCall(REQUEST, call, keyOf(member), `${id},${body}`);
    });
  }

  /** Runs it as soon as this process knows who else is there, and before all that is sent later. */
  whenKnown(run: () => void): void {
    if (this.#known) run();
    else this.#early.push(run);
  }

  /** @throws UnsupportedValueError, MessageTooLargeError */
  packed(name: string, payload: unknown, maxBytes: number): string {
    const body = pack(payload);
    this.#checkSize(`'${name}'`, body, maxBytes);
    return body;
  }

  /** Resolves when all that was sent before has left this process. */
  async flushed(): Promise<void> {
    if (this.#early.length > 0) await this.#joined;
    await this.#uplink.flushed();
    if (this.#opened === 'yes' && this.#known) await this.#toSelf.flushed();
  }

  receive(frame: unknown): void {
    if (!readFrame(frame, (parcel) => this.take(parcel))) this.badFrames++;
  }

  /** @returns `false` for a parcel that makes no sense from a router. */
  take(parcel: Parcel): boolean {
    const { kind, name, address } = parcel;
    switch (kind) {
      case MEMBER:
        return this.#member(name, address);
      case WELCOME:
        return this.#welcome(address);
      case WHO:
        this.#uplink.hello();
        return true;
      case STOP: {
        const member = this.#stamps.read(address);
        if (member) this.#gate.stop(String(address), member, name);
        return member !== undefined;
      }
      case GO:
        this.#gate.go(String(address));
        return true;
      default:
        return this.#assembly.take(parcel);
    }
  }

  /** The primary is gone: no reply will come. */
  cutOff(): void {
    this.requests.allGone();
    this.#gate.changed();
  }

  #push(kind: string, name: string, address: Address, count: number, body: string): void {
    const parcel = { kind, name, address, count, body };
    if (body.length === 0) this.#uplink.push(parcel);
    else for (const one of cut(parcel)) this.#uplink.push(one);
  }

  #sendCall(kind: string, name: string, key: string, body: string): void {
    if (this.#self === undefined || key !== keyOf(this.#self)) this.#push(kind, name, key, 1, body);
    else this.#toSelf.push({ kind, name, address: null, count: 1, body });
  }

  #checkSize(name: string, body: string, maxBytes: number): void {
    // A character is at most three bytes: most messages need not be measured.
    if (body.length * 3 <= maxBytes) return;
    const bytes = Buffer.byteLength(body);
    if (bytes > maxBytes) throw new MessageTooLargeError(name, bytes, maxBytes);
  }

  #member(what: string, stamp: Address): boolean {
    const member = this.#stamps.read(stamp);
    if (member === undefined) return false;
    switch (what) {
      case 'known':
        this.roster.add(member, false, this.#known);
        return true;
      case 'up':
        this.roster.add(member, true, this.#known);
        return true;
      case 'joined':
        this.roster.add(member, true, this.#known);
        this.roster.announce(member, this.#known);
        return true;
      case 'gone':
        this.#ended(member);
        return true;
      case 'left':
        this.#assembly.abandon(String(stamp));
        this.#ended(member);
        this.roster.remove(member);
        return true;
      default:
        return false;
    }
  }

  /** Nothing comes from this member any more, and nothing reaches it. */
  #ended(member: Member): void {
    const key = keyOf(member);
    this.roster.end(member);
    this.#gate.go(stampOf(member));
    this.requests.gone(key);
    this.calls.gone(key);
  }

  #welcome(stamp: Address): boolean {
    const self = this.#stamps.read(stamp);
    if (self === undefined) return false;
    this.#self = self;
    this.#known = true;
    this.#join(self);
    this.#uplink.welcomed();
    for (const run of this.#early.splice(0)) run();
    if (this.#opened === 'yes') this.#toSelf.resume();
    return true;
  }

  #deliver({ kind, name, address, count, body }: Parcel): boolean {
    const from = address === null ? this.#self : this.#stamps.read(address);
    if (from === undefined) return false;
    this.received += count;
    const isBroadcast = kind === BROADCAST || kind === LOSSY || kind === RETAINED;
    if (isBroadcast && !this.#subscriptions.hears(name)) return true;
    let wires: unknown[];
    try {
      wires = split(body);
    } catch {
      // The sender's fault alone: what others sent in the same frame is delivered.
      this.badFrames++;
      return true;
    }
    switch (kind) {
      case BROADCAST:
      case LOSSY:
        this.badFrames += this.#subscriptions.dispatch(name, from, wires);
        return true;
      case RETAINED:
        this.badFrames += this.#subscriptions.dispatch(
          name,
          from,
          wires.slice(1),
          Number(wires[0]),
        );
        return true;
      case REQUEST:
        for (let i = 0; i + 1 < wires.length; i += 2)
          this.calls.take(name, from, wires[i], wires[i + 1]);
        return true;
      case REPLY:
        for (let i = 0; i + 1 < wires.length; i += 2)
          this.requests.reply(from, wires[i], wires[i + 1]);
        return true;
      case FAILURE:
        for (let i = 0; i + 1 < wires.length; i += 2)
          this.requests.fail(from, wires[i], wires[i + 1]);
        return true;
      case CANCEL:
        for (const id of wires) this.calls.cancel(from, id);
        return true;
      default:
        return false;
    }
  }
}
