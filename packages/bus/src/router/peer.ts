// One member as the router sees it: its way out, what it listens to, and what is kept until it listens.

import type { Member } from '../bus.js';
import { keyOf, stampOf } from '../member.js';
import type { Port } from '../port.js';
import { Assembly } from '../wire/assembly.js';
import type { Address, Parcel } from '../wire/frame.js';
import { cut, type Long, type Pieces, topicOf } from '../wire/long.js';
import { bytesOf, Outbox } from '../wire/outbox.js';

/** A long parcel that this member is sending. */
export interface Relay extends Long {
  readonly topic: string | undefined;
  readonly receivers: readonly Peer[];
  /** What of it the router keeps, where it is to be retained. */
  readonly pieces: Pieces | undefined;
  /** Whom it is for. */
  readonly target: Address;
}

export class Peer {
  readonly member: Member;
  readonly stamp: string;
  readonly key: string;
  readonly outbox: Outbox;
  /** Topics and patterns. */
  readonly interests = new Set<string>();
  readonly relays = new Map<string, Relay>();
  /** Who was told that this member cannot take more, and of which topics. */
  readonly told = new Map<Peer, Set<string>>();
  /** Its process is gone, though not all that it sent was read. */
  isDying = false;
  /** For the member in the router's own process: what may not wait for the end of this turn. */
  inProcess: ((parcel: Parcel) => void) | undefined;
  /** Whole parcels: of a long one, all of it waits or nothing. */
  #kept: Parcel[] | undefined = [];
  readonly #incomplete = new Assembly((parcel) => this.#keepWhole(parcel));
  #keptBytes = 0;
  #keptDropped = 0;
  #up = false;

  constructor(member: Member, port: Port, limit: number) {
    this.member = member;
    this.stamp = stampOf(member);
    this.key = keyOf(member);
    this.outbox = new Outbox(port, limit, true);
  }

  /** Whether its bus has said hello: before that, whatever is sent to it would be lost. */
  get isUp(): boolean {
    return this.#up;
  }

  /** Whether it has not listened to anything yet. */
  get isWaiting(): boolean {
    return this.#kept !== undefined;
  }

  get bytes(): number {
    return this.outbox.bytes + this.#keptBytes;
  }

  get messages(): number {
    return this.outbox.messages + countOf(this.#kept);
  }

  get dropped(): number {
    return this.outbox.dropped + this.#keptDropped;
  }

  /** @returns whether this is the first hello. */
  hello(): boolean {
    if (this.#up) return false;
    this.#up = true;
    this.outbox.resume();
    return true;
  }

  /** What is kept has the limit of an outbox. The oldest go first: nobody may ever listen. */
  keep(parcel: Parcel): void {
    this.#incomplete.take(parcel);
  }

  #keepWhole(parcel: Parcel): boolean {
    if (this.#kept === undefined) return true;
    this.#kept.push(parcel);
    this.#keptBytes += bytesOf(parcel);
    let gone = 0;
    while (this.#keptBytes > this.outbox.limit && gone < this.#kept.length) {
      const oldest = this.#kept[gone++] as Parcel;
      this.#keptBytes -= bytesOf(oldest);
      this.#keptDropped += oldest.count;
    }
    if (gone > 0) this.#kept.splice(0, gone);
    return true;
  }

  /** Sends what was kept of these topics, and keeps the rest. */
  release(wanted: (topic: string) => boolean): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    this.#kept = [];
    this.#keptBytes = 0;
    for (const parcel of kept) {
      const topic = topicOf(parcel);
      if (topic !== undefined && wanted(topic)) this.#push(parcel);
      else this.#keepWhole(parcel);
    }
  }

  /** Sends what was kept of these topics and for this member alone, and drops the rest. */
  open(wanted: (topic: string) => boolean): void {
    const kept = this.#kept ?? [];
    this.#kept = undefined;
    this.#keptBytes = 0;
    for (const parcel of [...kept, ...this.#incomplete.drain()]) {
      const topic = topicOf(parcel);
      // A piece goes where its first part went: the outbox drops it where that is not.
      if (topic === undefined || wanted(topic)) this.#push(parcel);
    }
  }

  #push(parcel: Parcel): void {
    for (const part of cut(parcel, 'r') ?? [parcel]) this.outbox.push(part);
  }

  flushed(): Promise<void> {
    return this.#up ? this.outbox.flushed() : Promise.resolve();
  }

  /** @returns how many messages it had not got. */
  close(): number {
    const kept = countOf(this.#kept);
    this.#kept = undefined;
    return kept + this.outbox.close();
  }
}

function countOf(kept: readonly Parcel[] | undefined): number {
  return kept?.reduce((sum, { count }) => sum + count, 0) ?? 0;
}
