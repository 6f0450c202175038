// What is measured. A scenario is the same for the bus and for the raw version.
// @ts-check

/** Each with `at` added: when it was sent, where it is one that is confirmed. */
export const PAYLOADS = {
  small: () => ({ id: 12_345, name: 'ada', ok: true }),
  kilobyte: () => ({ id: 12_345, name: 'ada', text: 'x'.repeat(1_000) }),
  rows: () => ({
    rows: Array.from({ length: 1_000 }, (_, id) => ({
      id,
      name: `user ${id}`,
      email: `user.${id}@example.org`,
      active: id % 2 === 0,
      score: id / 7,
    })),
  }),
  text: () => ({ text: 'x'.repeat(100_000) }),
};

/**
 * @typedef {object} Scenario
 * @property {number} receivers how many workers receive; one more sends
 * @property {keyof typeof PAYLOADS} payload
 * @property {number} window how many messages or requests are on their way at most
 * @property {number} every of how many messages the receiver confirms one
 * @property {number} turn how many messages the sender sends in one turn of its event loop
 * @property {number} [cold] so many messages, once, in processes that have sent none before
 * @property {boolean} request whether they are requests
 * @property {number} ratio what the bus is to reach, raw being 1
 * @property {'perSecond' | 'p50'} by what that ratio is of
 */

/** @type {Record<string, Scenario>} */
export const SCENARIOS = {
  'small, to one': {
    receivers: 1,
    payload: 'small',
    window: 5_000,
    every: 500,
    turn: 100,
    request: false,
    ratio: 10,
    by: 'perSecond',
  },
  'small, to one, cold': {
    receivers: 1,
    payload: 'small',
    window: Number.POSITIVE_INFINITY,
    every: 1_000,
    turn: 256,
    cold: 100_000,
    request: false,
    ratio: 6,
    by: 'perSecond',
  },
  'small, to four': {
    receivers: 4,
    payload: 'small',
    window: 5_000,
    every: 500,
    turn: 100,
    request: false,
    ratio: 14,
    by: 'perSecond',
  },
  '1 KB': {
    receivers: 1,
    payload: 'kilobyte',
    window: 500,
    every: 50,
    turn: 50,
    request: false,
    ratio: 3,
    by: 'perSecond',
  },
  'request, one at a time': {
    receivers: 1,
    payload: 'small',
    window: 1,
    every: 1,
    turn: 1,
    request: true,
    ratio: 1,
    by: 'p50',
  },
  'request, 64 in flight': {
    receivers: 1,
    payload: 'small',
    window: 64,
    every: 1,
    turn: 1,
    request: true,
    ratio: 4,
    by: 'perSecond',
  },
  '100 KB of rows': {
    receivers: 1,
    payload: 'rows',
    window: 20,
    every: 1,
    turn: 4,
    request: false,
    ratio: 1.8,
    by: 'perSecond',
  },
  '100 KB of text': {
    receivers: 1,
    payload: 'text',
    window: 20,
    every: 1,
    turn: 4,
    request: false,
    ratio: 1.3,
    by: 'perSecond',
  },
};

/** @param {string} name */
export function scenarioOf(name) {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new Error(`No such scenario: ${name}`);
  return scenario;
}
