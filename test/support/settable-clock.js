// The time of day of the tests, for one to set. The packages take their clock when they are imported, and test files share a
// process: so it is there before the first of them (one-process.ts), and the same for all, however often this is loaded.
// @ts-check

/** @typedef {{ aheadMs: number, stoppedAt: number | undefined }} SettableClock */

const CLOCK = Symbol.for('muster.test.clock');
const known = /** @type {{ [CLOCK]?: SettableClock }} */ (globalThis);

export const clock = known[CLOCK] ?? install();

/** @returns {SettableClock} */
function install() {
  const timeOfDay = Date.now;
  /** @type {SettableClock} */
  const set = { aheadMs: 0, stoppedAt: undefined };
  known[CLOCK] = set;
  Date.now = () => set.stoppedAt ?? timeOfDay() + set.aheadMs;
  return set;
}
