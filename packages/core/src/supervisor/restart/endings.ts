// How the workers of a slot ended that were to serve, as far as that decides what comes next: pure functions.
import type { GiveUp, RestartPolicy } from './restart-policy.js';

export interface Endings {
  /** How many in a row were young. */
  readonly young: number;
  /** Whether the last one was never ready. */
  readonly neverReady: boolean;
  /** When the young ones of late ended, on the clock of `performance.now()`, oldest first. */
  readonly youngAt: readonly number[];
}

export const NO_ENDINGS: Endings = { young: 0, neverReady: false, youngAt: [] };

/** How many are remembered where nobody counts them. */
const REMEMBERED = 16;

/**
 * One more.
 *
 * @param livedMs milliseconds from when it was ready; `undefined` where it never was, which is young in any case
 * @param at when, on the clock of `performance.now()`
 */
export function ended(
  before: Endings,
  livedMs: number | undefined,
  at: number,
  { stableMs, giveUp }: Pick<RestartPolicy, 'stableMs' | 'giveUp'>,
): Endings {
  if (livedMs !== undefined && livedMs >= stableMs)
    return { ...NO_ENDINGS, youngAt: before.youngAt };
  return {
    young: before.young + 1,
    neverReady: livedMs === undefined,
    youngAt: [...before.youngAt, at].slice(-Math.max(REMEMBERED, giveUp?.maxCrashes ?? 0)),
  };
}

/** Whether trying again does not help: the last one did not come to serve, or two in a row died young. */
export function isFailing({ young, neverReady }: Endings): boolean {
  return neverReady || young >= 2;
}

/** Whether the log tells of the last of so many young ones in a row: of the first ones, and of ever fewer later on. */
export function isLogged(young: number): boolean {
  return young < 4 || Number.isInteger(Math.log2(young));
}

/** How many young ones there were of late, where these are as many as it takes to give up. */
export function spent(
  { youngAt }: Endings,
  now: number,
  giveUp: GiveUp | undefined,
): number | undefined {
  if (!giveUp) return undefined;
  const recent = youngAt.filter((at) => now - at < giveUp.windowMs).length;
  return recent >= giveUp.maxCrashes ? recent : undefined;
}
