// One member as the router sees it: its way out, what it listens to, and what is kept until it listens.

import type { Member } from './bus.js';
import type { Address, Parcel } from './frame.js';
import { stampOf } from './member.js';
import { Outbox } from './outbox.js';
import type { Port } from './port.js';

/** How much is kept for a member that does not listen yet, in characters. The oldest go first. */
const MAX_KEPT_CHARS = 16 * 1024 * 1024;

export class Peer {
  readonly member: Member;
  readonly stamp: string;
  /** Topics and patterns. */
  readonly interests = new Set<string>();
  readonly #outbox: Outbox;
  #kept: Parcel[] | undefined = [];
  #keptChars = 0;
  #up = false;

  constructor(member: Member, port: Port) {
    this.member = member;
    this.stamp = stampOf(member);
    this.#outbox = new Outbox(port, true);
  }

  /** Whether its bus has said hello: before that, whatever is sent to it would be lost. */
  get isUp(): boolean {
    return this.#up;
  }

  /** Whether it has not listened to anything yet. */
  get waiting(): boolean {
    return this.#kept !== undefined;
  }

  /** @returns whether this is the first hello. */
  hello(): boolean {
    if (this.#up) return false;
    this.#up = true;
    this.#outbox.resume();
    return true;
  }

  send(kind: string, name: string, address: Address, body: string): void {
    this.#outbox.push(kind, name, address, body);
  }

  keep(parcel: Parcel): void {
    if (this.#kept === undefined) return;
    this.#kept.push(parcel);
    this.#keptChars += parcel.body.length;
    while (this.#keptChars > MAX_KEPT_CHARS) {
      this.#keptChars -= this.#kept.shift()?.body.length ?? 0;
    }
  }

  /** Sends what was kept of these topics, and keeps the rest. */
  release(wanted: (topic: string) => boolean): void {
    const kept = this.#kept;
    if (kept === undefined) return;
    this.#kept = [];
    this.#keptChars = 0;
    for (const parcel of kept) {
      if (wanted(parcel.name)) this.send(parcel.kind, parcel.name, parcel.address, parcel.body);
      else this.keep(parcel);
    }
  }

  /** Sends what was kept of these topics, and drops the rest. */
  open(wanted: (topic: string) => boolean): void {
    this.release(wanted);
    this.#kept = undefined;
    this.#keptChars = 0;
  }

  flushed(): Promise<void> {
    return this.#up ? this.#outbox.flushed() : Promise.resolve();
  }

  close(): void {
    this.#kept = undefined;
    this.#outbox.close();
  }
}
