// How long a job waits before it is tried again.
import { LONGEST_MS } from '../state/record.js';

export interface BackoffRule {
  readonly delayMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** From 0 to 1. */
  readonly jitter: number;
}

/**
 * @param attempts that failed, 1 at least.
 * @param chance from 0 to 1.
 * @returns whole milliseconds
 */
export function backoffMs(rule: BackoffRule, attempts: number, chance: number): number {
  const full = Math.min(rule.delayMs * rule.factor ** (attempts - 1), rule.maxMs, LONGEST_MS);
  return Math.round(full * (1 - rule.jitter * chance));
}
