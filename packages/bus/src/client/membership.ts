// The members as this process knows them. The router tells it of each, in order with what they send.

import type { Gap, Member } from '../bus.js';
import { hostOf, isLocal } from '../members/machine.js';
import { isLocalOnly, isSame, keyOf, matchesAddress, matchesMember } from '../members/member.js';
import type { Address } from '../wire/frame.js';

interface Entry {
  readonly member: Member;
  /** Whether its bus is there. */
  isUp: boolean;
  /** Whether it listens: what is sent to it is not kept any more. */
  isOpen: boolean;
  isGone: boolean;
  /** Whether this process counts it as one that was there: from before its own time, or announced. */
  isAnnounced: boolean;
}

type MemberListener = (member: Member) => void;

export class Membership {
  readonly #entries = new Map<string, Entry>();
  /** Told in order with what the members send. */
  readonly joinedListeners = new Set<MemberListener>();
  readonly leftListeners = new Set<MemberListener>();
  /** Told as soon as it is known, also before this process listens to anything. */
  readonly upListeners = new Set<MemberListener>();
  readonly goneListeners = new Set<MemberListener>();
  readonly gapListeners = new Set<(gap: Gap) => void>();
  /** The members that a target means, until somebody comes or goes. */
  readonly #resolved = new Map<number | string, readonly Member[]>();
  #roundRobin = 0;

  /** The members with a bus. */
  get joined(): readonly Member[] {
    return [...this.#entries.values()]
      .filter((one) => one.isUp && !one.isGone)
      .map((one) => one.member);
  }

  /**
   * The member is there; its bus may be as well.
   * @param notify whether to call listeners: not for members that were there before this process.
   */
  add(member: Member, isUp: boolean, notify: boolean): void {
    const entry = this.#entryOf(member);
    this.#resolved.clear();
    if (entry.isUp || !isUp) return;
    entry.isUp = true;
    if (notify && !entry.isGone) for (const listener of this.upListeners) listener(member);
  }

  /** Messages may have been missed. */
  gap(gap: Gap): void {
    for (const listener of this.gapListeners) listener(gap);
  }

  /** The member listens. */
  open(member: Member): void {
    this.#entryOf(member).isOpen = true;
  }

  /** The member will neither send nor answer any more. */
  end(member: Member): void {
    const entry = this.#entryOf(member);
    this.#resolved.clear();
    if (entry.isGone) return;
    entry.isGone = true;
    if (entry.isUp) for (const listener of this.goneListeners) listener(member);
  }

  /** As `add`, in order. */
  announce(member: Member, notify: boolean): void {
    const entry = this.#entryOf(member);
    if (entry.isAnnounced) return;
    entry.isAnnounced = true;
    if (notify) for (const listener of this.joinedListeners) listener(member);
  }

  /** The members of this machine are named anew. @param renamed the same member, as it is called now. */
  rename(renamed: (member: Member) => Member): void {
    for (const [key, entry] of this.#entries) {
      if (isLocal(entry.member))
        this.#entries.set(key, { ...entry, member: renamed(entry.member) });
    }
    this.#resolved.clear();
  }

  remove(member: Member): void {
    const entry = this.#entryOf(member);
    this.#entries.delete(keyOf(member));
    this.#resolved.clear();
    if (entry.isAnnounced) for (const listener of this.leftListeners) listener(member);
  }

  /** Whether its bus is there, as far as this process was told. */
  isUp(member: Member): boolean {
    return this.#entries.get(keyOf(member))?.isUp === true;
  }

  /** Whether it listens, as far as this process was told. */
  isOpen(member: Member): boolean {
    return this.#entries.get(keyOf(member))?.isOpen === true;
  }

  /**
   * The member that answers a request to a slot or role: the members of a role in turn, those of this machine first, the
   * requester only if it is alone in it.
   */
  pickOne(target: number | string, self: Member, isHome: boolean): Member | undefined {
    const meant = this.#meant(target).filter((member) => !isHome || isLocal(member));
    if (meant.length < 2) return meant[0];
    const others = meant.filter((member) => !isSame(member, self));
    const near = others.filter(isLocal);
    const asked = near.length > 0 ? near : others;
    return asked[this.#roundRobin++ % asked.length];
  }

  /** Whether a target means members of other machines. */
  isOnOtherMachines(target: number | string): boolean {
    return typeof target === 'string' && this.#meant(target).some((member) => !isLocal(member));
  }

  /** The member that is asked after these had no handler: one of this machine if there is another, then the rest in turn. */
  nextAfter(asked: readonly Member[], target: number | string, self: Member): Member | undefined {
    const left = this.#meant(target).filter(
      (member) => !isSame(member, self) && !asked.some((one) => isSame(one, member)),
    );
    const near = left.filter(isLocal);
    const next = near.length > 0 ? near : left;
    return next[this.#roundRobin++ % next.length];
  }

  /** All that a target means, and the parts of it that mean nobody. */
  pickAll(
    targets: readonly (number | string)[],
    isHome: boolean,
  ): { found: readonly Member[]; missing: readonly (number | string)[] } {
    const found = new Map<string, Member>();
    const missing: (number | string)[] = [];
    for (const one of targets) {
      const meant = this.#meant(one).filter((member) => !isHome || isLocal(member));
      if (meant.length === 0) missing.push(one);
      for (const member of meant) found.set(keyOf(member), member);
    }
    return { found: [...found.values()], missing };
  }

  /** Whether a message to this address is for this member. */
  isAddressed(address: Address, member: Member | undefined): boolean {
    if (address === null) return true;
    if (member === undefined) return false;
    if (isLocalOnly(address) && !isLocal(member)) return false;
    return matchesAddress(address, (part) =>
      this.#meant(part).some((meant) => isSame(meant, member)),
    );
  }

  #entryOf(member: Member): Entry {
    const key = keyOf(member);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { member, isUp: false, isOpen: false, isGone: false, isAnnounced: false };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #meant(one: number | string): readonly Member[] {
    let meant = this.#resolved.get(one);
    if (meant === undefined) {
      meant = this.#holders().filter((member) => matchesMember(one, member, ''));
      this.#resolved.set(one, meant);
    }
    return meant;
  }

  /** One of each slot: the newest whose bus is there, else the newest. */
  #holders(): Member[] {
    const holders = new Map<string, Entry>();
    for (const entry of this.#entries.values()) {
      if (entry.isGone) continue;
      const place = `${hostOf(entry.member) ?? ''}/${entry.member.slot}`;
      const other = holders.get(place);
      if (other === undefined || isBefore(other, entry)) holders.set(place, entry);
    }
    return [...holders.values()].map((entry) => entry.member);
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  if (one.isUp !== other.isUp) return other.isUp;
  return one.member.generation < other.member.generation;
}
