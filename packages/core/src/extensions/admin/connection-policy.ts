/**
 * Which connections of the admin endpoint have to go, as a pure function. Among equals the newest stays, and one that has
 * just come is given the time to ask: so a health check is answered however many others hold connections and say nothing.
 */

export interface Held {
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
  readonly most: number;
  readonly mostOfOneAddress: number;
  /** Those that have just come included; of one address, too. */
  readonly mostForAMoment: number;
  /** Milliseconds in which a client that has just come, or has read its answer, should ask. */
  readonly momentMs: number;
}

/** Those to close, so that the rest is within the limits. `held` is in the order of arrival. */
export function surplus<Connection extends Held>(
  held: readonly Connection[],
  { most, mostOfOneAddress, mostForAMoment, momentMs }: ConnectionLimits,
  now: number,
): Connection[] {
  const isNew = ({ state, since }: Held) => state === 'silent' && now - since <= momentMs;
  const settled = pick(
    held.filter((one) => !isNew(one)),
    most,
    mostOfOneAddress,
    ['silent', 'answered', 'asked'],
  );
  const left = held.filter((one) => !settled.includes(one));
  return [
    ...settled,
    ...pick(left, mostForAMoment, mostForAMoment, ['answered', 'silent', 'asked']),
  ];
}

/** What is more than `most`, or than `mostOfOne` of one address: of who has most, the first in `order`, and the oldest. */
function pick<Connection extends Held>(
  held: readonly Connection[],
  most: number,
  mostOfOne: number,
  order: readonly Held['state'][],
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
    gone.push(...queue.splice(0, Math.max(0, queue.length - mostOfOne)));
  }
  while (held.length - gone.length > most) {
    const longest = [...queues.values()].reduce((a, b) => (b.length > a.length ? b : a));
    gone.push(...longest.splice(0, 1));
  }
  return gone;
}
