// Clients that keep no process alive: what does is a call under way, by the timer of its deadline (`PendingCalls`).
import type { Redis } from 'ioredis';

/** Private in ioredis's types. A test that fakes timers may have put something else in its place. */
interface Reconnecting {
  readonly reconnectTimeout: { unref?(): unknown } | null;
}

/**
 * Neither an open connection of this client nor its pause before the next attempt keeps the process alive. What does, and is
 * over soon: an attempt, for `connectTimeout`, since Node counts a connect that was not answered as work; and the end of a
 * connection that was open, for `disconnectTimeout`.
 *
 * @returns the client
 */
export function unrefClient(client: Redis): Redis {
  client.on('connect', () => client.stream.unref());
  client.on('reconnecting', () => {
    (client as unknown as Reconnecting).reconnectTimeout?.unref?.();
  });
  const { disconnect } = client;
  client.disconnect = (reconnect) => {
    // There is nothing to end, and ioredis (6.0.0) would wait for it, by a timer that keeps the process alive.
    if (client.status !== 'end') disconnect.call(client, reconnect);
  };
  return client;
}
