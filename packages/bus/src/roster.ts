// The members as this process knows them. The router tells it of each, in order with what they send.

import type { Member, Target } from './bus.js';
import { keyOf, names } from './member.js';

interface Entry {
  readonly member: Member;
  joined: boolean;
}

type MemberListener = (member: Member) => void;

export class Roster {
  readonly #entries = new Map<string, Entry>();
  readonly joinedListeners = new Set<MemberListener>();
  readonly leftListeners = new Set<MemberListener>();
  /** Who a target means, until somebody comes or goes. */
  readonly #answers = new Map<number | string, readonly Member[]>();
  #turn = 0;

  /** Those whose bus is there. */
  get joined(): readonly Member[] {
    return [...this.#entries.values()].filter((one) => one.joined).map((one) => one.member);
  }

  /** @param isNews whether listeners are to be told. */
  add(member: Member, joined: boolean, isNews: boolean): void {
    const key = keyOf(member);
    const wasJoined = this.#entries.get(key)?.joined === true;
    this.#entries.set(key, { member, joined: joined || wasJoined });
    this.#answers.clear();
    if (joined && !wasJoined && isNews) {
      for (const listener of this.joinedListeners) listener(member);
    }
  }

  remove(member: Member): void {
    const key = keyOf(member);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#answers.clear();
    if (entry.joined) for (const listener of this.leftListeners) listener(member);
  }

  /** Who answers a request to a slot or role: of a role each in turn, the asker only when it is alone in it. */
  one(target: number | string, self: Member): Member | undefined {
    const meant = this.#meant(target);
    if (meant.length < 2) return meant[0];
    const others = meant.filter((member) => keyOf(member) !== keyOf(self));
    return others[this.#turn++ % others.length];
  }

  /** All that a target means, and the parts of it that mean nobody. */
  all(target: Target): { found: readonly Member[]; missing: readonly (number | string)[] } {
    const found = new Map<string, Member>();
    const missing: (number | string)[] = [];
    for (const one of typeof target === 'object' ? target : [target]) {
      const meant = this.#meant(one);
      if (meant.length === 0) missing.push(one);
      for (const member of meant) found.set(keyOf(member), member);
    }
    return { found: [...found.values()], missing };
  }

  #meant(one: number | string): readonly Member[] {
    let meant = this.#answers.get(one);
    if (meant === undefined) {
      meant = this.#holders().filter((member) => names(one, member));
      this.#answers.set(one, meant);
    }
    return meant;
  }

  /** One of each slot: the newest whose bus is there, else the newest. */
  #holders(): Member[] {
    const holders = new Map<number | string, Entry>();
    for (const entry of this.#entries.values()) {
      const other = holders.get(entry.member.slot);
      if (other === undefined || isBefore(other, entry)) holders.set(entry.member.slot, entry);
    }
    return [...holders.values()].map((entry) => entry.member);
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  if (one.joined !== other.joined) return other.joined;
  return one.member.generation < other.member.generation;
}
