// One member as the router sees it: its way out, what it listens to, and what is kept until it listens.

import type { Member } from '../bus.js';
import { keyOf, stampOf } from '../member.js';
import type { Port } from '../port.js';
import type { Address, Parcel } from '../wire/frame.js';
import type { Long, Pieces } from '../wire/long.js';
import { bytesOf, Outbox } from '../wire/outbox.js';

interface Kept {
  /** What decides whether it is still wanted: a topic, or nothing for what is addressed to this member alone. */
  readonly topic: string | undefined;
  readonly parcel: Parcel;
}

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
  #kept: Kept[] | undefined = [];
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
  keep(topic: string | undefined, parcel: Parcel): void {
    if (this.#kept === undefined) return;
    this.#kept.push({ topic, parcel });
    this.#keptBytes += bytesOf(parcel);
    let gone = 0;
    while (this.#keptBytes > this.outbox.limit && gone < this.#kept.length) {
      const { parcel: oldest } = this.#kept[gone++] as Kept;
      this.#keptBytes -= bytesOf(oldest);
      this.#keptDropped += oldest.count;
    }
    if (gone > 0) this.#kept.splice(0, gone);
  }

  /** Sends what was kept of these topics, and keeps the rest. */
  release(wanted: (topic: string) => boolean): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    this.#kept = [];
    this.#keptBytes = 0;
    for (const { topic, parcel } of kept) {
      if (topic !== undefined && wanted(topic)) this.outbox.push(parcel);
      else this.keep(topic, parcel);
    }
  }

  /** Sends what was kept of these topics and for this member alone, and drops the rest. */
  open(wanted: (topic: string) => boolean): void {
    const kept = this.#kept ?? [];
    this.#kept = undefined;
    this.#keptBytes = 0;
    for (const { topic, parcel } of kept) {
      if (topic === undefined || wanted(topic)) this.outbox.push(parcel);
    }
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

function countOf(kept: readonly Kept[] | undefined): number {
  return kept?.reduce((sum, { parcel }) => sum + parcel.count, 0) ?? 0;
}
