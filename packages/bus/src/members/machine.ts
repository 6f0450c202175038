// Which machine a member is on. Muster's own names of machines and the hosts of members are two things: two starts of one
// machine have the same name, and nothing that was meant for the first one reaches the second.

import { hostname } from 'node:os';
import type { Member } from '../bus.js';

/** In a member of another machine: which start of it that is. Hidden, since it says nothing to anybody else. */
const HOST = Symbol('host');

/** What the name of a machine has, and nothing else: it is part of stamps. */
export const MACHINE_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

let name: string | undefined;

/** What this machine is called, as long as nobody who knows the other ones has said something else. */
export function thisMachine(): string {
  name ??= nameOfHost(process.env.MUSTER_MACHINE ?? hostname());
  return name;
}

/** The host name, with what a name may not have left out. */
export function nameOfHost(host: string): string {
  const name = host.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 64);
  return name.replace(/^[._-]+|[._-]+$/g, '') || 'machine';
}

/** A member of another machine. @param host `name~` and what tells this start of it from all others. */
export function remoteMember(member: Omit<Member, 'machine'>, host: string): Member {
  const machine = host.slice(0, host.indexOf('~'));
  const remote = { machine, ...member };
  return Object.freeze(Object.defineProperty(remote, HOST, { value: host }));
}

/** Of a member of another machine, which one; `undefined` for one of this machine. */
export function hostOf(member: Member): string | undefined {
  return (member as { [HOST]?: string })[HOST];
}

/** Whether it is a member of this machine. */
export function isLocal(member: Member): boolean {
  return hostOf(member) === undefined;
}

/** In an address: members of a machine. A text, as roles are; no role begins so. */
const MACHINE_PART = '\0@';

/** Alone or before all else in an address: nobody of another machine is meant. */
export const HOME = '\0home';

export interface MachinePart {
  readonly machine: string;
  readonly slot: number | undefined;
  readonly role: string | undefined;
}

export function machinePart({ machine, slot, role }: MachinePart): string {
  return MACHINE_PART + JSON.stringify([machine, slot ?? null, role ?? null]);
}

/** @returns `undefined` for a part that is a slot or a role. */
export function readMachinePart(part: number | string): MachinePart | undefined {
  if (typeof part !== 'string' || !part.startsWith(MACHINE_PART)) return undefined;
  try {
    const [machine, slot, role] = JSON.parse(part.slice(MACHINE_PART.length)) as unknown[];
    return {
      machine: String(machine),
      slot: typeof slot === 'number' ? slot : undefined,
      role: typeof role === 'string' ? role : undefined,
    };
  } catch {
    return { machine: '', slot: undefined, role: undefined };
  }
}
