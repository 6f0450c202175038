// How the workers of a slot ended that were to serve, as far as that decides what comes next: pure functions.
import type { GiveUp, RestartPolicy } from './restart-policy.js';

export interface EarlyExits {
  /** How many in a row were young. */
  readonly inARow: number;
  /** Whether the last one was never ready. */
  readonly neverReady: boolean;
  /** When the young ones of late ended, on the clock of `performance.now()`, oldest first. */
  readonly recentAt: readonly number[];
}

export const NO_EARLY_EXITS: EarlyExits = { inARow: 0, neverReady: false, recentAt: [] };

/** How many are remembered where nobody counts them. */
const REMEMBERED = 16;

/**
 * One more.
 *
 * @param livedMs milliseconds from when it was ready; `undefined` where it never was, which is young in any case
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

/** Whether trying again does not help: the last one did not come to serve, or two in a row died young. */
export function isFailing({ inARow, neverReady }: EarlyExits): boolean {
  return neverReady || inARow >= 2;
}

/** Whether the log tells of the last of so many young ones in a row: of the first ones, and of ever fewer later on. */
export function isLogged(inARow: number): boolean {
  return inARow < 4 || Number.isInteger(Math.log2(inARow));
}

/** How many young ones there were of late, where these are as many as it takes to give up. */
export function crashesOverBudget(
  { recentAt }: EarlyExits,
  now: number,
  giveUp: GiveUp | undefined,
): number | undefined {
  if (!giveUp) return undefined;
  const recent = recentAt.filter((at) => now - at < giveUp.windowMs).length;
  return recent >= giveUp.maxCrashes ? recent : undefined;
}
