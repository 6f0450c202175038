// A request to a role that members of several machines have. A member that has no handler for the call has done nothing, so
// the next one is asked.

import { performance } from 'node:perf_hooks';
import type { Member } from '../../bus.js';
import { NoHandlerError } from '../../request-errors.js';

/**
 * @param ask asks a member, and waits for it until then, in milliseconds of `performance.now()`
 * @param nextAfter the member that is asked after these; `undefined` if there is none
 */
export async function askOneAfterAnother(
  ask: (member: Member, endsAt: number) => Promise<unknown>,
  nextAfter: (asked: readonly Member[]) => Member | undefined,
  first: Member,
  endsAt: number,
): Promise<unknown> {
  const asked: Member[] = [];
  for (let member = first; ; ) {
    try {
      return await ask(member, endsAt);
    } catch (error) {
      if (!(error instanceof NoHandlerError) || performance.now() >= endsAt) throw error;
      asked.push(member);
      const next = nextAfter(asked);
      if (next === undefined) throw error;
      member = next;
    }
  }
}
