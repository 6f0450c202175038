// For who forks the workers (`@muster/core`): says who they are, and has topics that no app can touch.

import type { AnyCalls, AnyEvents, Bus, BusOptions } from './bus.js';
import { openBus } from './handle/create-bus.js';

export { assignMember } from './assign-member.js';
export { memberEnv, memberFromEnv } from './member-env.js';
export { RESERVED_PREFIX } from './topics/topic.js';

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
