// When a crashed worker is replaced, and when no longer: a pure function of the slot's crashes.
import type { RestartType } from '../cluster-options.js';

export interface RestartPolicy {
  type: RestartType;
  minDelayMs: number;
  maxDelayMs: number;
  stableMs: number;
  maxCrashes: number;
  windowMs: number;
}

export interface Crash {
  /** When the worker was forked, in milliseconds on any one clock. */
  startedAt: number;
  /** When it exited, on the same clock. */
  exitedAt: number;
}

export type RestartDecision =
  | { kind: 'replace'; delayMs: number }
  | { kind: 'give-up'; crashes: number };

/**
 * What follows the last of `crashes` (oldest first). The delay doubles with each crash in a row of a worker
 * that lived less than `stableMs`, and is spread by a fifth (`random` in 0…1), so that slots that died
 * together do not come back together. A crash of a stable worker costs no delay.
 */
export function decideRestart(
  crashes: readonly Crash[],
  policy: RestartPolicy,
  random: number,
): RestartDecision {
  const last = crashes.at(-1);
  if (!last) return { kind: 'replace', delayMs: 0 };
  const recent = crashes.filter(
    (crash) => last.exitedAt - crash.exitedAt <= policy.windowMs,
  ).length;
  if (recent >= policy.maxCrashes) return { kind: 'give-up', crashes: recent };
  const young =
    crashes.length - 1 - crashes.findLastIndex((crash) => livedMs(crash) >= policy.stableMs);
  if (young === 0) return { kind: 'replace', delayMs: 0 };
  const delayMs = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** (young - 1));
  return { kind: 'replace', delayMs: Math.round(delayMs * (0.8 + 0.4 * random)) };
}

function livedMs(crash: Crash): number {
  return crash.exitedAt - crash.startedAt;
}
