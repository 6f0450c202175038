// Members, the stamp by which a message names its sender, and the members that a target names.

import type { MachineTarget, Member, Target } from '../bus.js';
import type { Scope } from '../bus-options.js';
import { InvalidMemberError, InvalidTargetError } from '../errors.js';
import { MAX_ROLE_LENGTH, MAX_TARGETS } from '../topics/topic.js';
import type { Address } from '../wire/frame.js';
import {
  HOME,
  hostOf,
  MACHINE_NAME,
  machinePart,
  readMachinePart,
  remoteMember,
  thisMachine,
} from './machine.js';

/** Who a member is on its machine. */
export type LocalMember = Omit<Member, 'machine'>;

/** A lone process is the primary of nobody. */
export function primaryMember(): Member {
  return onMachine(thisMachine(), { slot: 'primary', generation: 1, role: 'primary' });
}

function onMachine(machine: string, { slot, generation, role }: LocalMember): Member {
  return Object.freeze({ machine, slot, generation, role });
}

/**
 * `slot:generation:role`, with `host/` before it for a member of another machine. Only the primary writes stamps, one per
 * channel: no worker can borrow another's.
 */
export function stampOf(member: Member): string {
  return `${keyOf(member)}:${member.role}`;
}

/** Tells one process from all others: the generations of a slot differ, and so do the starts of a machine. */
export function keyOf(member: Member): string {
  const host = hostOf(member);
  const key = `${member.slot}:${member.generation}`;
  return host === undefined ? key : `${host}/${key}`;
}

/** Whether both are the same process. */
export function isSame(one: Member, other: Member): boolean {
  return (
    one === other ||
    (one.slot === other.slot &&
      one.generation === other.generation &&
      hostOf(one) === hostOf(other))
  );
}

/** How many stamps are remembered: one for each process that has ever sent something. */
const MAX_STAMPS = 10_000;

/** Reads stamps. The same stamp gives the same frozen object. */
export class Stamps {
  readonly #known = new Map<string, Member>();
  #machine = thisMachine();

  /** What this machine is called. */
  get machine(): string {
    return this.#machine;
  }

  set machine(name: string) {
    this.#machine = name;
    this.#known.clear();
  }

  read(stamp: Address): Member | undefined {
    if (typeof stamp !== 'string') return undefined;
    const known = this.#known.get(stamp);
    if (known !== undefined) return known;
    const parts = /^(?:([^/:]{1,128})\/)?(primary|\d+):(\d+):(.+)$/s.exec(stamp);
    if (parts === null) return undefined;
    const [, host, slot, generation, role = ''] = parts;
    const local: LocalMember = {
      slot: slot === 'primary' ? slot : Number(slot),
      generation: Number(generation),
      role,
    };
    const member = host === undefined ? onMachine(this.#machine, local) : remoteMember(local, host);
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
  if (typeof address !== 'object') return address === HOME || one(address);
  if (address[0] === HOME) return matchesAddress(address.length > 1 ? address.slice(1) : null, one);
  const split = address.indexOf(EXCEPT);
  if (split < 0) return address.some(one);
  return (split === 0 || address.slice(0, split).some(one)) && !address.slice(split + 1).some(one);
}

/** Whether it keeps to this machine. */
export function isLocalOnly(address: Address): boolean {
  return address === HOME || (Array.isArray(address) && address[0] === HOME);
}

/** The parts of an address that say who is meant, without those that say who is not; empty for everybody. */
export function meantParts(address: Address): readonly (number | string)[] {
  if (address === null) return [];
  if (typeof address !== 'object') return [address];
  const split = address.indexOf(EXCEPT);
  return split < 0 ? address : address.slice(0, split);
}

/** An address without those parts that are not kept. @returns `undefined` where nobody is left. */
export function mapParts(
  address: Address,
  map: (part: number | string) => number | string | undefined,
): Address | undefined {
  if (address === null) return null;
  const isKept = (part: number | string | undefined) => part !== undefined;
  const meant = meantParts(address);
  const kept = meant.map(map).filter(isKept);
  if (meant.length > 0 && kept.length === 0) return undefined;
  if (typeof address !== 'object' || !address.includes(EXCEPT)) return kept;
  const others = address
    .slice(meant.length + 1)
    .map(map)
    .filter(isKept);
  if (others.length > 0) return [...kept, EXCEPT, ...others];
  return kept.length > 0 ? kept : null;
}

/**
 * Whether a target names this member, where a slot means any generation of it. Of one that stands for all other machines:
 * whether it may name one of these.
 *
 * @param home what this machine is called
 */
export function matchesMember(address: Address, member: Member, home: string): boolean {
  const isRemote = hostOf(member) !== undefined;
  if (isRemote && isLocalOnly(address)) return false;
  if (member.machine === ALL_MACHINES) return mayMeanOtherMachines(address, home);
  return matchesAddress(address, (part) => {
    if (typeof part === 'number') return !isRemote && part === member.slot;
    const on = readMachinePart(part);
    if (on === undefined) return part === member.role;
    return (
      on.machine === member.machine &&
      (on.slot === undefined || on.slot === member.slot) &&
      (on.role === undefined || on.role === member.role)
    );
  });
}

/** As a machine: all others, of whatever name. */
export const ALL_MACHINES = '*';

/** Whether an address may mean somebody on another machine. */
export function mayMeanOtherMachines(address: Address, home: string): boolean {
  if (isLocalOnly(address)) return false;
  const meant = meantParts(address);
  return meant.length === 0 || meant.some((part) => isOnOtherMachine(part, home));
}

function isOnOtherMachine(part: number | string, home: string): boolean {
  if (typeof part === 'number') return false;
  const on = readMachinePart(part);
  return on === undefined || on.machine !== home;
}

function isSlot(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** @throws InvalidMemberError for a slot, generation or role that no worker can have. */
export function workerMember({ slot, generation, role = 'worker' }: Partial<LocalMember>): Member {
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
  return onMachine(thisMachine(), { slot, generation, role });
}

/** @throws InvalidTargetError */
export function addressOf(
  to: Target | undefined,
  except?: Target,
  scope: Scope = 'group',
): Address {
  const address = anywhere(to, except);
  if (scope === 'group') return address;
  if (address === null) return HOME;
  return [HOME, ...(typeof address === 'object' ? address : [address])];
}

function anywhere(to: Target | undefined, except?: Target): Address {
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

function checkedTarget(target: Target): number | string | readonly (number | string)[] {
  if (!Array.isArray(target)) return oneTarget(target);
  if (target.length === 0) throw new InvalidTargetError(target);
  assertCount(target);
  return target.map(oneTarget);
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
  if (typeof target === 'object' && target !== null && 'machine' in target)
    return machineTarget(target);
  if (typeof target !== 'string' || target === '' || target.startsWith('\0')) {
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

/** @throws InvalidTargetError */
function machineTarget(target: object & { readonly machine: unknown }): string {
  const { machine, slot, role, ...more } = target as MachineTarget;
  if (typeof machine !== 'string' || !MACHINE_NAME.test(machine)) {
    throw new InvalidTargetError(target, 'machine is the name of one: letters, digits, . _ and -');
  }
  const [unknown] = Object.keys(more);
  // A member is a target as well.
  if (unknown !== undefined && unknown !== 'generation') {
    throw new InvalidTargetError(
      target,
      `of a machine it may say slot and role, and not ${unknown}`,
    );
  }
  const isWorker = slot === undefined || slot === 'primary' || isSlot(slot);
  if (!isWorker) throw new InvalidTargetError(target, 'its slot is 0, 1, 2, … or primary');
  if (role !== undefined) oneTarget(role);
  return machinePart({
    machine,
    slot: slot === 'primary' ? undefined : slot,
    role: slot === 'primary' ? 'primary' : role,
  });
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
