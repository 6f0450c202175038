/**
 * Which connections of the admin endpoint are closed when there are too many: a pure function. Among equals the newest
 * stays, and a new connection has time to send a request. So a health check is answered however many clients hold
 * connections and send nothing.
 */

export interface HeldConnection {
  /** The IP address of the client. */
  readonly address: string;
  /**
   * `'silent'`: no complete request has come since the last response. `'asked'`: the response is being made. `'answered'`:
   * the client has not read all of it yet.
   */
  readonly state: 'silent' | 'asked' | 'answered';
  /** Milliseconds, when the state began. */
  readonly since: number;
}

export interface ConnectionLimits {
  readonly max: number;
  readonly maxPerAddress: number;
  /** Including new connections; also the limit of one address then. */
  readonly maxWithNew: number;
  /** Milliseconds for a client to send a request after it has connected, or has read a response. */
  readonly newForMs: number;
}

/** The connections to close so that the rest is within the limits. `held` is in order of arrival. */
export function excessConnections<Connection extends HeldConnection>(
  held: readonly Connection[],
  { max, maxPerAddress, maxWithNew, newForMs }: ConnectionLimits,
  now: number,
): Connection[] {
  const isNew = ({ state, since }: HeldConnection) => state === 'silent' && now - since <= newForMs;
  const settled = oldestBeyond(
    held.filter((one) => !isNew(one)),
    max,
    maxPerAddress,
    ['silent', 'answered', 'asked'],
  );
  const left = held.filter((one) => !settled.includes(one));
  return [
    ...settled,
    ...oldestBeyond(left, maxWithNew, maxWithNew, ['answered', 'silent', 'asked']),
  ];
}

/**
 * The connections beyond `max`, and beyond `maxPerAddress` of one address: those of the address that has most, first by
 * `order`, then the oldest.
 */
function oldestBeyond<Connection extends HeldConnection>(
  held: readonly Connection[],
  max: number,
  maxPerAddress: number,
  order: readonly HeldConnection['state'][],
): Connection[] {
  const queues = new Map<string, Connection[]>();
  for (const state of order) {
    for (const one of held) {
      if (one.state !== state) continue;
      const queue = queues.get(one.address);
      if (queue) queue.push(one);
      else queues.set(one.address, [one]);
    }
  }
  const gone: Connection[] = [];
  for (const queue of queues.values()) {
    gone.push(...queue.splice(0, Math.max(0, queue.length - maxPerAddress)));
  }
  while (held.length - gone.length > max) {
    const longest = [...queues.values()].reduce((a, b) => (b.length > a.length ? b : a));
    gone.push(...longest.splice(0, 1));
  }
  return gone;
}
