// What follows the exit of a worker: pure functions of this exit and of those before it.
import type { RestartType } from '../../cluster-options.js';

export interface RestartPolicy {
  readonly type: RestartType;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly stableMs: number;
  /** `undefined`: never. */
  readonly giveUp: GiveUp | undefined;
}

export interface GiveUp {
  readonly maxCrashes: number;
  readonly windowMs: number;
}

export interface ExitOutcome {
  readonly code: number | null;
  /** Whether it was asked to drain and exit. */
  readonly planned: boolean;
}

/** A worker that was asked to exit and exited with 0 did not crash. */
export function isCrash({ code, planned }: ExitOutcome): boolean {
  return !(planned && code === 0);
}

/** Whether a worker that ended like this is replaced. */
export function isReplaced({ code }: Pick<ExitOutcome, 'code'>, type: RestartType): boolean {
  if (type === 'temporary') return false;
  return type === 'permanent' || code !== 0;
}

/**
 * The delay in milliseconds. It doubles with each early exit in a row, and varies by a fifth (`random` in 0…1), so that
 * slots whose workers died together do not come back together. After the exit of a stable worker there is no delay.
 *
 * @param inARow how many exits in a row were early
 */
export function restartDelay(
  inARow: number,
  policy: Pick<RestartPolicy, 'minDelayMs' | 'maxDelayMs'>,
  random: number,
): number {
  if (inARow <= 0) return 0;
  const delayMs = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** (inARow - 1));
  return Math.round(delayMs * (0.8 + 0.4 * random));
}
