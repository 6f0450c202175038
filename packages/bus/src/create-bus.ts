// The ways to a bus: an app's, and one for buses that are Muster's own.

import type { AnyCalls, AnyEvents, Bus, BusOptions } from './bus.js';
import { BusHandle } from './bus-handle.js';
import { settingsOf } from './options/settings.js';
import { checkNoMore } from './options/strict-options.js';
import type { Hub } from './process/hub.js';
import { processHub } from './process/process-hub.js';

/**
 * The bus of this process. In a cluster, call it in the primary too: it is the primary that passes messages on.
 *
 * May be called several times, by an app and its libraries: all share the one channel of the process, and
 * `close()` ends only the listeners of the bus that it is called on.
 *
 * @throws InvalidOptionError
 */
export function createBus<Events extends object = AnyEvents, Calls extends object = AnyCalls>(
  options: BusOptions = {},
  ...more: never[]
): Bus<Events, Calls> {
  checkNoMore('createBus()', more);
  return openBus(options, false);
}

/** @param reserved whether this bus is for the reserved topics, and for those only. */
export function openBus<Events extends object, Calls extends object>(
  options: BusOptions,
  reserved: boolean,
  hub: Hub = processHub(),
): Bus<Events, Calls> {
  const settings = settingsOf(options);
  hub.raiseLimit(settings.maxOutboxBytes);
  if (settings.keepMs !== undefined) hub.extendKeep(settings.keepMs);
  hub.client.maxReplyBytes = Math.max(hub.client.maxReplyBytes, settings.maxMessageBytes);
  return new BusHandle(hub, settings, reserved) as unknown as Bus<Events, Calls>;
}
