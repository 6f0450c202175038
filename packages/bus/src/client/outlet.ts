// The ways out of this process: to the router, and back to itself.

import { setImmediate } from 'node:timers';
import type { Member } from '../bus.js';
import { BusClosedError } from '../errors.js';
import { isSame, keyOf } from '../member.js';
import { localPort } from '../port.js';
import type { Body } from '../wire/body.js';
import { type Address, BROADCAST, type Parcel, SYNC } from '../wire/frame.js';
import { cut } from '../wire/long.js';
import { Outbox } from '../wire/outbox.js';
import type { Uplink } from './uplink.js';

export class Outlet {
  /** Messages that this process sent. */
  sent = 0;
  readonly #uplink: Uplink;
  /** What this process sends to itself. Held until it listens and knows who it is. */
  readonly #toSelf: Outbox;
  #self: Member | undefined;
  #known = false;
  #listens = false;
  /** What was sent before this process knew who else is there, and everything after that. */
  #early: (() => void)[] = [];
  readonly #syncs = new Map<string, { resolve(): void; reject(error: Error): void }>();
  #lastSync = 0;
  #isCutOff = false;
  readonly #joined: Promise<Member>;
  #join!: (self: Member) => void;

  /**
   * @param presumed what is known of this process beforehand. The router's word, when it comes, stands above it.
   * @param receive a frame that this process sent to itself.
   */
  constructor(uplink: Uplink, presumed: Member | undefined, receive: (frame: unknown) => void) {
    this.#uplink = uplink;
    this.#self = presumed;
    this.#joined = new Promise((resolve) => {
      this.#join = resolve;
    });
    this.#toSelf = new Outbox(localPort(receive), {
      limit: Number.MAX_SAFE_INTEGER,
      toRouter: false,
    });
  }

  get self(): Member | undefined {
    return this.#self;
  }

  /** Whether this process knows who else is there. */
  get isKnown(): boolean {
    return this.#known;
  }

  whenJoined(): Promise<Member> {
    return this.#joined;
  }

  /** Resolves when the router knows what this process has told it. Rejects when the router is gone. */
  async sync(): Promise<void> {
    // What was kept for this process is let in at the end of the turn: that comes first.
    await new Promise((resolve) => setImmediate(resolve));
    await this.#joined;
    if (this.#isCutOff) throw new BusClosedError();
    const id = `${++this.#lastSync}`;
    await new Promise<void>((resolve, reject) => {
      this.#syncs.set(id, { resolve, reject });
      this.push(SYNC, id, null, 0, '');
    });
  }

  synced(id: string): void {
    this.#syncs.get(id)?.resolve();
    this.#syncs.delete(id);
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
    this.#uplink.hello();
  }

  /** The oldest mark that was sent has returned. */
  returned(): void {
    this.#uplink.returned();
  }

  /** Whether one more call of so many bytes may be sent. */
  accepts(bytes: number): boolean {
    return this.#uplink.accepts(bytes);
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
    const parcel: Parcel = { kind, name, address, count, body };
    const pieces = cut(parcel);
    if (pieces === undefined) this.#uplink.push(parcel, bytes);
    else for (const piece of pieces) this.#uplink.push(piece);
  }

  /** To one member, which may be this process. */
  pushTo(member: Member, kind: string, name: string, body: Body, bytes?: number): void {
    if (this.#self !== undefined && isSame(member, this.#self)) {
      this.#toSelf.push({ kind, name, address: null, count: 1, body }, bytes);
    } else this.push(kind, name, keyOf(member), 1, body, bytes);
  }

  /** A broadcast that the sender hears, too. */
  pushToSelf(topic: string, body: Body): void {
    this.#toSelf.push({ kind: BROADCAST, name: topic, address: null, count: 1, body });
  }

  /** Runs it as soon as this process knows who else is there, and before all that is sent later. */
  whenKnown(run: () => void): void {
    if (this.#known) run();
    else this.#early.push(run);
  }

  /** Whether something waits until this process knows who else is there: what is sent now comes after it. */
  get isHeld(): boolean {
    return this.#early.length > 0;
  }

  /** The router knows this process, and has said who it is. */
  welcomed(self: Member): void {
    this.#self = self;
    this.#known = true;
    this.#join(self);
    this.#uplink.welcomed();
    for (const run of this.#early.splice(0)) run();
    if (this.#listens) this.#toSelf.resume();
  }

  /** This process has listeners now. */
  listens(): void {
    this.#listens = true;
    if (this.#known) this.#toSelf.resume();
  }

  /** Resolves when all that was sent before has left this process. */
  async flushed(): Promise<void> {
    if (this.#early.length > 0) await this.#joined;
    await this.#uplink.flushed();
    if (this.#listens && this.#known) await this.#toSelf.flushed();
  }
}
