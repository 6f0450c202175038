// When a sender should wait: some member is full or busy, or too much is on its way already (wire/credit.ts).

import type { Member } from '../bus.js';
import { matchesMember, type Stamps, stampOf } from '../members/member.js';
import { type Credits, spend } from '../wire/credit.js';
import type { Address } from '../wire/frame.js';
import type { Uplink } from './uplink.js';

/** So much beyond a credit may be sent of what says that something else was not. In bytes. */
const LAST_WORDS_BYTES = 1024 * 1024;

const DONE = Promise.resolve();

export class Backpressure {
  readonly #uplink: Uplink;
  readonly #stamps: Stamps;
  /** By stamp. */
  readonly #full = new Map<string, Member>();
  readonly #busy = new Map<string, Member>();
  #credits: Credits = new Map();
  readonly #rooms = new Map<string, Promise<void>>();
  #waiting: (() => void)[] = [];
  /** Nobody waits: what is sent does not leave. */
  isOff = false;
  #awaitsRoom = false;
  #awaitsCalm = false;

  /** @param stamps knows what this machine is called */
  constructor(uplink: Uplink, stamps: Stamps) {
    this.#uplink = uplink;
    this.#stamps = stamps;
  }

  /** A member is full. @param credit how many bytes may still be sent to it */
  stop(stamp: string, member: Member, credit: number): void {
    this.#full.set(stamp, member);
    this.#credits = new Map(this.#credits).set(stamp, credit + LAST_WORDS_BYTES);
  }

  go(stamp: string): void {
    if (!this.#full.delete(stamp)) return;
    const credits = new Map(this.#credits);
    credits.delete(stamp);
    this.#credits = credits;
    this.changed();
  }

  /** Much waits for a member already: what waits does so here. */
  busy(stamp: string, member: Member): void {
    this.#busy.set(stamp, member);
  }

  calm(stamp: string): void {
    if (this.#busy.delete(stamp)) this.changed();
  }

  gone(stamp: string): void {
    this.go(stamp);
    this.calm(stamp);
  }

  /**
   * Whether a call, or an answer, of so many bytes may be sent to this member: then it is counted.
   *
   * @param isLastWord whether it says that another one was not sent, or does not matter any more
   */
  spend(member: Member, bytes: number, isLastWord = false): boolean {
    if (this.#credits.size === 0) return true;
    const reserved = isLastWord ? 0 : LAST_WORDS_BYTES;
    const stamp = stampOf(member);
    if (spend(this.#credits, stamp, bytes + reserved) === undefined) return false;
    this.#credits = spend(this.#credits, stamp, bytes) as Credits;
    return true;
  }

  /** Whether a message would go to a member that is full, or cannot leave this process for now. */
  isFull(address: Address): boolean {
    return this.#isOutboxFull() || this.#meansOne(address, this.#full);
  }

  /** Resolves when one more such message may be sent. */
  room(address: Address): Promise<void> {
    return this.#mustWait(address) ? this.#shared(address) : DONE;
  }

  /** Senders that wait look again. */
  changed(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  /** One promise for all who wait for the same: those who never look at theirs would fill the memory with them. */
  #shared(address: Address): Promise<void> {
    const key = JSON.stringify(address);
    let room = this.#rooms.get(key);
    if (room === undefined) {
      room = this.#wait(address).finally(() => this.#rooms.delete(key));
      this.#rooms.set(key, room);
    }
    return room;
  }

  async #wait(address: Address): Promise<void> {
    while (this.#mustWait(address)) {
      if (this.#isOutboxFull() && !this.#awaitsRoom) {
        this.#awaitsRoom = true;
        this.#uplink.onRoom(() => {
          this.#awaitsRoom = false;
          this.changed();
        });
      }
      if (this.#uplink.isBusy && !this.#awaitsCalm) {
        this.#awaitsCalm = true;
        this.#uplink.onCalm(() => {
          this.#awaitsCalm = false;
          this.changed();
        });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #mustWait(address: Address): boolean {
    if (this.isOff) return false;
    return this.#uplink.isBusy || this.isFull(address) || this.#meansOne(address, this.#busy);
  }

  #isOutboxFull(): boolean {
    return this.#uplink.bytes > this.#uplink.limit;
  }

  #meansOne(address: Address, members: ReadonlyMap<string, Member>): boolean {
    const { machine } = this.#stamps;
    for (const member of members.values()) {
      if (matchesMember(address, member, machine)) return true;
    }
    return false;
  }
}
