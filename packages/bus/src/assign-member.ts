// `@muster/bus/assign-member`: for code that forks workers, to say which member a worker is. Loads no bus: that may come while
// the worker starts.

import cluster, { type Worker } from 'node:cluster';
import type { Member } from './bus.js';
import { InvalidMemberError } from './errors.js';
import { type LocalMember, workerMember } from './members/member.js';
import { registeredHub } from './process/hub-registry.js';
import { guardChannel } from './transport/ipc-guard.js';
import { COMMAND } from './wire/protocol.js';

/** Shared by all copies of the package in this process: the copy that creates the hub has to know. */
const KEY = Symbol.for('@muster/bus/assigned-members');

const assigned = globalThis as { [KEY]?: WeakMap<Worker, Member> };

/**
 * Says which member a worker is. In the primary, in the same turn as `cluster.fork(memberEnv(member))`:
 * a worker that nobody assigned gets the smallest free slot when node:cluster emits its 'fork'. It counts as well
 * where the primary creates its first bus later.
 *
 * Two workers may share a slot while one replaces the other. Messages to the slot then go to the newest that has a bus.
 *
 * @throws InvalidMemberError
 */
export function assignMember(worker: Worker, member: LocalMember): void {
  if (!cluster.isPrimary) {
    throw new InvalidMemberError('only the primary assigns members; call assignMember() there');
  }
  const known = workerMember(member);
  assigned[KEY] ??= new WeakMap();
  assigned[KEY].set(worker, known);
  guardChannel(worker.process);
  registeredHub()?.assign?.(worker, known);
}

/** The channel for the bus that the forks of `@muster/core` have. */
export { channelEnv, channelStdio, offerChannel } from './transport/byte-channel.js';
/** Told why, when the bus is about to kill that worker. */
export { onExpelled } from './transport/expel.js';

/** The member that was assigned to it, if any. */
export function assignedMember(worker: Worker): Member | undefined {
  return assigned[KEY]?.get(worker);
}

/**
 * Calls `listener` when the worker has created a bus, which waits from then on for one here. Returns what ends that. To be
 * called in the turn of the fork.
 */
export function onBusWanted(child: Worker['process'], listener: () => void): () => void {
  const end = () => child.off('internalMessage', receive);
  const receive = (message: unknown) => {
    if ((message as { cmd?: unknown } | null)?.cmd !== COMMAND) return;
    end();
    listener();
  };
  child.on('internalMessage', receive);
  return end;
}
