// What an app holds: a handle on the hub of its process.

import type { Bus, BusOptions, Delivery, Listener } from './bus.js';
import { BusClosedError, ListenerFailedError, NotJoinedError } from './errors.js';
import { theHub } from './hub.js';
import { addressOf } from './member.js';
import { assertPattern, assertTopic } from './topic.js';

/**
 * The bus of this process. In a cluster, call it in the primary too: it is the primary that passes messages on.
 *
 * May be called several times, by an app and its libraries: all share the one channel of the process, and
 * `close()` ends only the listeners of the bus that it is called on.
 */
export function createBus<Events extends object = Record<string, unknown>>(
  options: BusOptions = {},
): Bus<Events> {
  return openBus<Events>(options, false);
}

/** @param reserved whether this bus is for the reserved topics, and for those only. */
export function openBus<Events extends object>(
  options: BusOptions,
  reserved: boolean,
): Bus<Events> {
  const { client } = theHub();
  const onError = options.onError ?? ((error: ListenerFailedError) => process.emitWarning(error));
  const ends = new Set<() => void>();
  let closed = false;

  const assertOpen = () => {
    if (closed) throw new BusClosedError();
  };

  const bus: Bus<Events> = {
    get self() {
      if (client.self === undefined) throw new NotJoinedError();
      return client.self;
    },

    whenJoined: () => client.whenJoined(),

    on(pattern: string, listener: Listener<never, never>) {
      assertOpen();
      assertPattern(pattern, reserved);
      const failed = (topic: string, cause: unknown) =>
        onError(new ListenerFailedError(topic, cause));
      const end = client.subscribe({
        pattern,
        deliver(payload, delivery) {
          try {
            const result = listener(payload as never, delivery as Delivery<never>);
            if (result instanceof Promise)
              result.catch((error: unknown) => failed(delivery.topic, error));
          } catch (error) {
            failed(delivery.topic, error);
          }
        },
      });
      ends.add(end);
      return () => {
        ends.delete(end);
        end();
      };
    },

    broadcast(topic, payload, { to, self = false } = {}) {
      assertOpen();
      assertTopic(topic, reserved);
      client.broadcast(topic, payload, addressOf(to), self);
    },

    async close() {
      closed = true;
      await client.flushed();
      for (const end of ends) end();
      ends.clear();
    },

    [Symbol.asyncDispose]: () => bus.close(),
  };
  return bus;
}
