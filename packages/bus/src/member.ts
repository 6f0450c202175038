// Members, the stamp by which a message names its sender, and the members that a target names.

import type { Member, Target } from './bus.js';
import { InvalidMemberError, InvalidTargetError } from './errors.js';
import { MAX_ROLE_LENGTH, MAX_TARGETS } from './topics/topic.js';
import type { Address } from './wire/frame.js';

/** A lone process is the primary of nobody. */
export const PRIMARY: Member = Object.freeze({ slot: 'primary', generation: 1, role: 'primary' });

/** `slot:generation:role`. Only the primary writes stamps, one per channel: no worker can borrow another's. */
export function stampOf(member: Member): string {
  return `${member.slot}:${member.generation}:${member.role}`;
}

/** Tells one process from all others of this cluster: the generations of a slot differ. */
export function keyOf(member: Member): string {
  return `${member.slot}:${member.generation}`;
}

/** Whether both are the same process. */
export function isSame(one: Member, other: Member): boolean {
  return one === other || (one.slot === other.slot && one.generation === other.generation);
}

/** How many stamps are remembered: one for each process that has ever sent something. */
const MAX_STAMPS = 10_000;

/** Reads stamps. The same stamp gives the same frozen object. */
export class Stamps {
  readonly #known = new Map<string, Member>();

  read(stamp: Address): Member | undefined {
    if (typeof stamp !== 'string') return undefined;
    const known = this.#known.get(stamp);
    if (known !== undefined) return known;
    const parts = /^(primary|\d+):(\d+):(.+)$/s.exec(stamp);
    if (parts === null) return undefined;
    const [, slot, generation, role] = parts as unknown as [string, string, string, string];
    const member: Member = Object.freeze({
      slot: slot === 'primary' ? slot : Number(slot),
      generation: Number(generation),
      role,
    });
    if (this.#known.size >= MAX_STAMPS) this.#known.clear();
    this.#known.set(stamp, member);
    return member;
  }
}

/** In a list, it separates the members that are named from those that are left out. No role has this name. */
const EXCEPT = '\0except';

/** Whether an address names a member. @param one whether one slot or role in it does */
export function matchesAddress(address: Address, one: (part: number | string) => boolean): boolean {
  if (address === null) return true;
  if (typeof address !== 'object') return one(address);
  const split = address.indexOf(EXCEPT);
  if (split < 0) return address.some(one);
  return (split === 0 || address.slice(0, split).some(one)) && !address.slice(split + 1).some(one);
}

/** Whether a target names this member. A slot means any generation. */
export function matchesMember(address: Address, member: Member): boolean {
  return matchesAddress(address, (part) => part === member.slot || part === member.role);
}

function isSlot(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** @throws InvalidMemberError for a slot, generation or role that no worker can have. */
export function workerMember({ slot, generation, role = 'worker' }: Partial<Member>): Member {
  if (!isSlot(slot)) throw new InvalidMemberError(`slot ${String(slot)} is not 0, 1, 2, …`);
  if (!isSlot(generation) || generation === 0) {
    throw new InvalidMemberError(`generation ${String(generation)} is not 1, 2, 3, …`);
  }
  if (typeof role !== 'string' || role === '' || role === 'primary') {
    throw new InvalidMemberError(
      `role '${String(role)}': give a non-empty string other than 'primary'`,
    );
  }
  if (role.length > MAX_ROLE_LENGTH) {
    throw new InvalidMemberError(`its role has more than ${MAX_ROLE_LENGTH} characters`);
  }
  if (isNumber(role)) {
    throw new InvalidMemberError(`role '${role}': a number is a slot, and no role`);
  }
  return Object.freeze({ slot, generation, role });
}

/** @throws InvalidTargetError */
export function addressOf(to: Target | undefined, except?: Target): Address {
  // An empty list leaves nobody out.
  const isNobody = except === undefined || (Array.isArray(except) && except.length === 0);
  if (isNobody) return to === undefined ? null : checkedTarget(to);
  const meant = listOf(to);
  const others = listOf(except);
  assertCount([...meant, ...others]);
  return [...meant, EXCEPT, ...others];
}

function listOf(target: Target | undefined): readonly (number | string)[] {
  if (target === undefined) return [];
  const checked = checkedTarget(target);
  return typeof checked === 'object' ? checked : [checked];
}

function checkedTarget(target: Target): Target {
  if (!Array.isArray(target)) return oneTarget(target);
  if (target.length === 0) throw new InvalidTargetError(target);
  assertCount(target);
  for (const one of target) oneTarget(one);
  return target;
}

/** @throws InvalidTargetError */
function assertCount(targets: readonly unknown[]): void {
  if (targets.length <= MAX_TARGETS) return;
  const reason = `it has ${targets.length} targets, and may have ${MAX_TARGETS}; leave \`to\` out, or give a role`;
  throw new InvalidTargetError(targets.slice(0, 3), reason);
}

/** @throws InvalidTargetError */
export function oneTarget(target: unknown): number | string {
  if (isSlot(target)) return target;
  if (typeof target !== 'string' || target === '' || target === EXCEPT) {
    throw new InvalidTargetError(target);
  }
  if (target.length > MAX_ROLE_LENGTH) {
    const reason = `a role has at most ${MAX_ROLE_LENGTH} characters`;
    throw new InvalidTargetError(target.slice(0, 20), reason);
  }
  if (isNumber(target)) {
    throw new InvalidTargetError(target, `a slot is a number: did you mean ${Number(target)}?`);
  }
  return target;
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
