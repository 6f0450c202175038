// What follows the end of a worker: a pure function of how it ended, and of the crashes before.
import type { RestartType } from '../cluster-options.js';

export interface RestartPolicy {
  readonly type: RestartType;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly stableMs: number;
  readonly maxCrashes: number;
  readonly windowMs: number;
}

export interface Crash {
  /** When the worker was forked, in milliseconds on any one clock. */
  readonly startedAt: number;
  /** When it exited, on the same clock. */
  readonly exitedAt: number;
}

export interface Ending {
  readonly code: number | null;
  /** Whether somebody asked it to drain and leave. */
  readonly planned: boolean;
}

/** `of`: the slot whose budget is spent, or the whole cluster's. */
export type RestartDecision =
  | { kind: 'replace'; delayMs: number }
  | { kind: 'end' }
  | { kind: 'give-up'; crashes: number; of: 'slot' | 'cluster' };

/**
 * What follows an ending. Only a worker of a type that is replaced can crash; who was asked to leave and left with 0 did
 * not.
 *
 * @param crashes of the slot, oldest first; this one, if it is one, the last
 * @param inCluster how many there were in the whole cluster within the window, this one counted
 */
export function decideRestart(
  ending: Ending,
  crashes: readonly Crash[],
  inCluster: number,
  policy: RestartPolicy & { maxClusterCrashes: number },
  random: number,
): RestartDecision {
  if (!isReplaced(ending, policy.type)) return { kind: 'end' };
  if (!isCrash(ending)) return { kind: 'replace', delayMs: policy.minDelayMs };
  const last = crashes.at(-1);
  const recent = crashes.filter(
    ({ exitedAt }) => last !== undefined && last.exitedAt - exitedAt < policy.windowMs,
  ).length;
  if (recent >= policy.maxCrashes) return { kind: 'give-up', crashes: recent, of: 'slot' };
  if (inCluster >= policy.maxClusterCrashes) {
    return { kind: 'give-up', crashes: inCluster, of: 'cluster' };
  }
  return { kind: 'replace', delayMs: restartDelay(crashes, policy, random) };
}

export function isCrash({ code, planned }: Ending): boolean {
  return !(planned && code === 0);
}

function isReplaced({ code }: Ending, type: RestartType): boolean {
  if (type === 'temporary') return false;
  return type === 'permanent' || code !== 0;
}

/**
 * Milliseconds. The delay doubles with each crash in a row of a worker that lived less than `stableMs`, and is spread by a
 * fifth (`random` in 0…1), so that slots that died together do not come back together. A crash of a stable worker costs
 * no delay.
 */
export function restartDelay(
  crashes: readonly Crash[],
  policy: Pick<RestartPolicy, 'minDelayMs' | 'maxDelayMs' | 'stableMs'>,
  random: number,
): number {
  const young =
    crashes.length - 1 - crashes.findLastIndex((crash) => livedMs(crash) >= policy.stableMs);
  if (young <= 0) return 0;
  const delayMs = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** (young - 1));
  return Math.round(delayMs * (0.8 + 0.4 * random));
}

function livedMs(crash: Crash): number {
  return crash.exitedAt - crash.startedAt;
}
