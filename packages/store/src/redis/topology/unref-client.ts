// Clients that do not keep the process alive. The timer of a pending call's deadline does (`PendingCalls`).
import type { Redis } from 'ioredis';

/** Private in ioredis's types. In a test that fakes timers, it may be another object. */
interface Reconnecting {
  readonly reconnectTimeout: { unref?(): unknown } | null;
}

/**
 * Neither an open connection of this client nor its pause before the next attempt keeps the process alive. Two things do, for a
 * short time: an attempt to connect, for `connectTimeout`, since Node counts it as work; and the end of an open connection, for
 * `disconnectTimeout`.
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
    // ioredis (6.0.0) would wait for the end of a client that has ended, with a timer that keeps the process alive.
    if (client.status !== 'end') disconnect.call(client, reconnect);
  };
  return client;
}
