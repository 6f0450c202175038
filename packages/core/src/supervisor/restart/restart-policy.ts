// What follows the end of a worker: pure functions of how it ended, and of those before it.
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
  /** Whether somebody asked it to drain and leave. */
  readonly planned: boolean;
}

/** Who was asked to leave and left with 0 did not crash. */
export function isCrash({ code, planned }: ExitOutcome): boolean {
  return !(planned && code === 0);
}

/** Whether another worker follows one that ended like this. */
export function isReplaced({ code }: Pick<ExitOutcome, 'code'>, type: RestartType): boolean {
  if (type === 'temporary') return false;
  return type === 'permanent' || code !== 0;
}

/**
 * Milliseconds. The delay doubles with each worker in a row that died young, and is spread by a fifth (`random` in 0…1), so
 * that slots that died together do not come back together. The end of a stable worker costs no delay.
 *
 * @param inARow how many in a row were
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
