// The ways out of this process: to the router, and back to itself.

import { setImmediate } from 'node:timers';
import type { Member } from '../bus.js';
import { BusClosedError } from '../errors.js';
import { isSame, keyOf, stampOf } from '../members/member.js';
import { DEFAULT_LIMIT_BYTES } from '../options/defaults.js';
import { trace } from '../trace.js';
import type { Body } from '../wire/body.js';
import { type Address, BROADCAST, type Packet, SYNC } from '../wire/frame.js';
import { SLACK_BYTES } from '../wire/outbox/outbox.js';
import { cut } from '../wire/pieces.js';
import { PreJoinQueue } from './pre-join-queue.js';
import { SelfOutbox } from './self-outbox.js';
import type { Uplink } from './uplink.js';

export class Sender {
  /** Messages that this process sent. */
  sent = 0;
  readonly #uplink: Uplink;
  readonly #toSelf: SelfOutbox;
  #self: Member | undefined;
  #known = false;
  /** Messages that were sent before this process knew the other members, and those after them. */
  readonly #preJoin = new PreJoinQueue(DEFAULT_LIMIT_BYTES);
  readonly #syncs = new Map<string, { resolve(): void; reject(error: Error): void }>();
  #lastSync = 0;
  #isCutOff = false;
  #joined!: Promise<Member>;
  #join!: { resolve(self: Member): void; reject(error: Error): void };
  #joinError: Error | undefined;

  /**
   * @param presumed what is known of this process beforehand. The router's word, when it comes, stands above it.
   * @param receive a frame that this process sent to itself.
   */
  constructor(uplink: Uplink, presumed: Member | undefined, receive: (frame: unknown) => void) {
    this.#uplink = uplink;
    this.#self = presumed;
    this.#toSelf = new SelfOutbox(receive);
    this.#willJoin();
  }

  /** How much may wait here until this process knows and listens, in bytes. */
  set limit(limit: number) {
    this.#preJoin.limit = limit;
    this.#toSelf.limit = limit;
  }

  /** For how long, from the start of the process. */
  set keepMs(ms: number) {
    this.#toSelf.keepMs = ms;
  }

  /** The messages that wait here, and the count of dropped ones. */
  get held(): { bytes: number; messages: number; dropped: number } {
    const { bytes, messages, dropped } = this.#toSelf;
    return { bytes, messages, dropped: dropped + this.#preJoin.dropped };
  }

  /** Why the primary will not know this process. */
  get joinError(): Error | undefined {
    return this.#joinError;
  }

  get self(): Member | undefined {
    return this.#self;
  }

  /** Whether this process knows who else is there. */
  get isKnown(): boolean {
    return this.#known;
  }

  async whenJoined(): Promise<Member> {
    if (this.#joinError !== undefined) throw this.#joinError;
    return this.#joined;
  }

  /** Resolves when the router knows what this process has told it. Rejects when the router is gone. */
  async sync(): Promise<void> {
    // Kept messages arrive at the end of the turn: those come first.
    await new Promise((resolve) => setImmediate(resolve));
    await this.whenJoined();
    if (this.#isCutOff) throw new BusClosedError();
    const id = `${++this.#lastSync}`;
    await new Promise<void>((resolve, reject) => {
      this.#syncs.set(id, { resolve, reject });
      this.push(SYNC, id, null, 0, '');
    });
  }

  /** The router has answered this one, and with it all that were sent before. */
  synced(id: string): void {
    if (!this.#syncs.has(id)) return;
    for (const [sent, { resolve }] of this.#syncs) {
      this.#syncs.delete(sent);
      resolve();
      if (sent === id) return;
    }
  }

  /** The router is gone. */
  cutOff(): void {
    this.#isCutOff = true;
    for (const { reject } of this.#syncs.values()) reject(new BusClosedError());
    this.#syncs.clear();
  }

  /** Learns of members that are there and were not told of yet. */
  lookUp(): void {
    this.#uplink.lookUp();
  }

  hello(): void {
    trace('says hello again: the primary came later');
    this.#uplink.hello();
  }

  /** The oldest mark that was sent has returned. */
  returned(): void {
    this.#uplink.returned();
  }

  /** Whether one more call of so many bytes may be sent to this member. */
  accepts(member: Member, bytes: number): boolean {
    return this.#isSelf(member) ? this.#toSelf.accepts(bytes) : this.#uplink.accepts(bytes);
  }

  /** To the router. @param bytes of it, where they are known. */
  push(
    kind: string,
    name: string,
    address: Address,
    count: number,
    body: Body,
    bytes?: number,
  ): void {
    const packet: Packet = { kind, name, address, count, body };
    const pieces = cut(packet);
    if (pieces === undefined) this.#uplink.push(packet, bytes);
    else for (const piece of pieces) this.#uplink.push(piece);
  }

  /** Adds a broadcast to the last one that was pushed. @returns `false` if it has to be pushed */
  extend(kind: string, topic: string, address: Address, payload: unknown): boolean {
    if (!this.#known || this.isHeld || this.#joinError !== undefined) return false;
    return this.#uplink.extend(kind, topic, address, payload);
  }

  /** To one member, which may be this process. */
  pushTo(member: Member, kind: string, name: string, body: Body, bytes?: number): void {
    if (this.#isSelf(member)) {
      this.#toSelf.push({ kind, name, address: null, count: 1, body }, bytes);
    } else this.push(kind, name, keyOf(member), 1, body, bytes);
  }

  /** A broadcast that the sender hears, too. */
  pushToSelf(topic: string, body: Body): void {
    this.#toSelf.push({ kind: BROADCAST, name: topic, address: null, count: 1, body });
  }

  /**
   * Sends a broadcast as soon as this process knows who else is there, and before all that is sent later.
   *
   * @returns what a sender should wait for that wants to send more
   */
  hold(run: () => void, bytes: number): Promise<unknown> | undefined {
    this.#preJoin.addBroadcast(run, bytes, SLACK_BYTES);
    return this.#preJoin.isFull ? this.#joined : undefined;
  }

  /** The same of a call. @returns what takes it back; `undefined` where there is no room for it */
  holdCall(run: () => void, bytes: number, refuse: (error: Error) => void) {
    return this.#preJoin.addCall(run, bytes, refuse);
  }

  /** Whether something waits until this process knows who else is there: what is sent now comes after it. */
  get isHeld(): boolean {
    return !this.#preJoin.isEmpty;
  }

  get isHeldFull(): boolean {
    return this.#preJoin.isFull;
  }

  /**
   * The router knows this process, and has said who it is.
   *
   * @param limit what an outbox of the primary holds, in bytes
   */
  welcomed(self: Member, limit: number): void {
    if (!this.#known) trace('joined as %s', stampOf(self));
    this.#self = self;
    this.#known = true;
    this.#joinError = undefined;
    this.#join.resolve(self);
    this.#uplink.welcomed(limit);
    this.#preJoin.runAll();
    this.#toSelf.known();
  }

  /** The primary cannot read what this process sends. */
  joinFailed(error: Error): void {
    trace('cannot join: %s', error.message);
    this.#joinError = error;
    this.#join.reject(error);
    this.#willJoin();
    this.#preJoin.refuseCalls(error);
  }

  /** This process has listeners now. */
  listens(): void {
    this.#toSelf.listens();
  }

  /** Resolves when all that was sent before has left this process. */
  async flushed(): Promise<void> {
    if (!this.#known) {
      // Nothing leaves before that. If nothing waits, or the primary is gone, there is nothing to wait for.
      const joined = this.whenJoined();
      await (this.isHeld ? joined : Promise.race([joined, this.#uplink.flushed()]));
    }
    await this.#uplink.flushed();
    await this.#toSelf.flushed();
  }

  #isSelf(member: Member): boolean {
    return this.#self !== undefined && isSame(member, this.#self);
  }

  #willJoin(): void {
    this.#joined = new Promise((resolve, reject) => {
      this.#join = { resolve, reject };
    });
    // Nobody may be waiting.
    this.#joined.catch(() => {});
  }
}
