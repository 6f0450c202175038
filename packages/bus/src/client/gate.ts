// When a sender should wait: some member cannot take more, or what waits here is too much already.

import { setImmediate } from 'node:timers';
import type { Member } from '../bus.js';
import { names } from '../member.js';
import type { Address } from '../wire/frame.js';
import type { Uplink } from './uplink.js';

/** Above it a sender that awaits lets the event loop turn, so that what it sent can leave. In bytes. */
const TURN_BYTES = 1024 * 1024;

const DONE = Promise.resolve();

export class Gate {
  readonly #uplink: Uplink;
  readonly #full = new Map<string, { member: Member; topics: Set<string> }>();
  readonly #rooms = new Map<string, Promise<void>>();
  #waiting: (() => void)[] = [];
  #awaitsRoom = false;
  #turn: Promise<void> | undefined;

  constructor(uplink: Uplink) {
    this.#uplink = uplink;
  }

  stop(stamp: string, member: Member, topic: string): void {
    const known = this.#full.get(stamp);
    if (known) known.topics.add(topic);
    else this.#full.set(stamp, { member, topics: new Set([topic]) });
  }

  go(stamp: string): void {
    if (this.#full.delete(stamp)) this.changed();
  }

  /** Whether a message would go to a member that is full, or cannot leave this process for now. */
  isShut(topic: string, address: Address): boolean {
    return this.#isOutboxFull() || this.#isFull(topic, address);
  }

  /** Resolves when one more such message may be sent. */
  room(topic: string, address: Address): Promise<void> {
    if (this.isShut(topic, address)) return this.#shared(topic, address);
    return this.#uplink.bytes < TURN_BYTES ? DONE : this.#nextTurn();
  }

  /** Those that wait look again. */
  changed(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  /** One promise for all who wait for the same: those who never look at theirs would fill the memory with them. */
  #shared(topic: string, address: Address): Promise<void> {
    const key = JSON.stringify([topic, address]);
    let room = this.#rooms.get(key);
    if (room === undefined) {
      room = this.#wait(topic, address).finally(() => this.#rooms.delete(key));
      this.#rooms.set(key, room);
    }
    return room;
  }

  async #wait(topic: string, address: Address): Promise<void> {
    while (this.isShut(topic, address)) {
      if (this.#isOutboxFull() && !this.#awaitsRoom) {
        this.#awaitsRoom = true;
        this.#uplink.onRoom(() => {
          this.#awaitsRoom = false;
          this.changed();
        });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #isOutboxFull(): boolean {
    return this.#uplink.bytes > this.#uplink.limit;
  }

  #isFull(topic: string, address: Address): boolean {
    if (this.#full.size === 0) return false;
    for (const { member, topics } of this.#full.values()) {
      if (topics.has(topic) && names(address, member)) return true;
    }
    return false;
  }

  #nextTurn(): Promise<void> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined;
        resolve();
      });
    });
    return this.#turn;
  }
}
