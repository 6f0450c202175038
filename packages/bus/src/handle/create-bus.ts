// The ways to a bus: an app's, and one for buses that are Muster's own.

import type { AnyCalls, AnyEvents, Bus, BusOptions } from '../bus.js';
import { InvalidOptionError } from '../errors.js';
import { settingsOf } from '../options/settings.js';
import { checkNoMore } from '../options/strict-options.js';
import type { Hub } from '../process/hub.js';
import { processHub } from '../process/process-hub.js';
import { workerHub } from '../process/worker-hub.js';
import { openOwnTransport } from '../transport/own-transport.js';
import { BusHandle } from './bus-handle.js';
import { TracedBus } from './traced-bus.js';

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

/**
 * @param reserved whether this bus is for the reserved topics, and for those only
 * @param given the hub. Default: that of the process or, with a transport of the app's, one for this bus alone
 */
export function openBus<Events extends object, Calls extends object>(
  options: BusOptions,
  reserved: boolean,
  given?: Hub,
): Bus<Events, Calls> {
  const settings = settingsOf(options);
  if (given !== undefined && options.transport !== undefined) {
    throw new InvalidOptionError('A bus of a router has no transport of its own; leave it out');
  }
  const hub = given ?? hubOf(options);
  hub.raiseLimit(settings.maxOutboxBytes);
  if (settings.keepMs !== undefined) hub.extendKeep(settings.keepMs);
  hub.client.maxReplyBytes = Math.max(hub.client.maxReplyBytes, settings.maxMessageBytes);
  const Handle = reserved ? BusHandle : TracedBus;
  return new Handle(hub, settings, reserved) as unknown as Bus<Events, Calls>;
}

function hubOf({ transport }: BusOptions): Hub {
  if (transport === undefined) return processHub();
  return workerHub((receiver) => openOwnTransport(transport, receiver), undefined);
}
