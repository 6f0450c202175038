// For who forks the workers (`@muster/core`): says who they are, and has topics that no app can touch.

import type { Worker } from 'node:cluster';
import cluster from 'node:cluster';
import type { AnyCalls, AnyEvents, Bus, BusOptions, Member } from './bus.js';
import { openBus } from './create-bus.js';
import { InvalidMemberError } from './errors.js';
import { theHub } from './the-hub.js';

export { memberEnv, memberFromEnv } from './member-env.js';
export { RESERVED_PREFIX } from './topic.js';

/**
 * Says which member a worker is. In the primary, in the same turn as `cluster.fork(memberEnv(member))`:
 * a worker that nobody assigned gets the smallest free slot when node:cluster emits its 'fork'.
 *
 * Two workers may share a slot while one replaces the other. What is addressed to the slot goes to the
 * newest that is up.
 *
 * @throws InvalidMemberError
 */
export function assignMember(worker: Worker, member: Member): void {
  const { assign } = theHub();
  if (!cluster.isPrimary || assign === undefined) {
    throw new InvalidMemberError('only the primary assigns members; call assignMember() there');
  }
  assign(worker, member);
}

/**
 * A bus for control messages: its topics and calls start with `$muster.`, and it takes no others. It does not
 * count as listening: what is kept for an app's first listener stays kept. `onJoined` and `onLeft` tell as
 * soon as the primary knows, and `onLeft` not in order with what the member sent to the app.
 */
export function createControlBus<
  Events extends object = AnyEvents,
  Calls extends object = AnyCalls,
>(options: BusOptions = {}): Bus<Events, Calls> {
  return openBus(options, true);
}
