/**
 * Which connections of the admin endpoint have to go, as a pure function. Among equals the newest stays, and one that has
 * just come is given the time to ask: so a health check is answered however many others hold connections and say nothing.
 */

export interface HeldConnection {
  /** Of the client. */
  readonly address: string;
  /**
   * `'silent'`: no whole request has come since the last answer. `'asked'`: the answer is being made. `'answered'`: the
   * client has not read all of it yet.
   */
  readonly state: 'silent' | 'asked' | 'answered';
  /** Milliseconds, when the state began. */
  readonly since: number;
}

export interface ConnectionLimits {
  readonly max: number;
  readonly maxPerAddress: number;
  /** Those that have just come included; of one address, too. */
  readonly maxWithNew: number;
  /** Milliseconds in which a client that has just come, or has read its answer, should ask. */
  readonly newForMs: number;
}

/** Those to close, so that the rest is within the limits. `held` is in the order of arrival. */
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

/** What is more than `max`, or than `maxPerAddress` of one address: of who has most, the first in `order`, and the oldest. */
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
