// The early exits of a slot, which decide what follows: pure functions. An exit is early if the worker had not lived for
// `stableMs` since it was ready.
import type { GiveUp, RestartPolicy } from './restart-policy.js';

export interface EarlyExits {
  /** How many exits in a row were early. */
  readonly inARow: number;
  /** Whether the last one was never ready. */
  readonly neverReady: boolean;
  /** When the recent early exits happened, on the clock of `performance.now()`, oldest first. */
  readonly recentAt: readonly number[];
}

export const NO_EARLY_EXITS: EarlyExits = { inARow: 0, neverReady: false, recentAt: [] };

/** How many are remembered if there is no crash budget. */
const REMEMBERED = 16;

/**
 * Adds one exit.
 *
 * @param livedMs milliseconds from ready to exit; `undefined` if the worker was never ready, which is early in any case
 * @param at when, on the clock of `performance.now()`
 */
export function recordExit(
  before: EarlyExits,
  livedMs: number | undefined,
  at: number,
  { stableMs, giveUp }: Pick<RestartPolicy, 'stableMs' | 'giveUp'>,
): EarlyExits {
  if (livedMs !== undefined && livedMs >= stableMs)
    return { ...NO_EARLY_EXITS, recentAt: before.recentAt };
  return {
    inARow: before.inARow + 1,
    neverReady: livedMs === undefined,
    recentAt: [...before.recentAt, at].slice(-Math.max(REMEMBERED, giveUp?.maxCrashes ?? 0)),
  };
}

/** Whether the slot is failing: the last worker was never ready, or two in a row exited early. */
export function isFailing({ inARow, neverReady }: EarlyExits): boolean {
  return neverReady || inARow >= 2;
}

/** Whether the log has a line for the last of so many early exits in a row: for the first ones, and for ever fewer later on. */
export function isLogged(inARow: number): boolean {
  return inARow < 4 || Number.isInteger(Math.log2(inARow));
}

/** The number of recent early exits, if it reaches the crash budget. */
export function crashesOverBudget(
  { recentAt }: EarlyExits,
  now: number,
  giveUp: GiveUp | undefined,
): number | undefined {
  if (!giveUp) return undefined;
  const recent = recentAt.filter((at) => now - at < giveUp.windowMs).length;
  return recent >= giveUp.maxCrashes ? recent : undefined;
}
