// How a cluster tells a worker who it is before the first message: in the environment of its fork.

import type { Member } from './bus.js';
import { type LocalMember, workerMember } from './members/member.js';

/** The environment to give to `cluster.fork()`. */
export function memberEnv(member: LocalMember): Record<string, string> {
  const { slot, generation, role } = workerMember(member);
  return { MUSTER_SLOT: `${slot}`, MUSTER_GENERATION: `${generation}`, MUSTER_ROLE: role };
}

/** `undefined` where the environment does not say, or says nonsense: the primary will. */
export function memberFromEnv(env: NodeJS.ProcessEnv): Member | undefined {
  const { MUSTER_SLOT, MUSTER_GENERATION, MUSTER_ROLE } = env;
  if (!MUSTER_SLOT || !MUSTER_GENERATION) return undefined;
  try {
    return workerMember({
      slot: Number(MUSTER_SLOT),
      generation: Number(MUSTER_GENERATION),
      ...(MUSTER_ROLE ? { role: MUSTER_ROLE } : {}),
    });
  } catch {
    return undefined;
  }
}
