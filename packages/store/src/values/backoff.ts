// How long a writer waits that lost to another one, before it tries again.
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** Attempts without a pause: the other writer is most often done by then. */
const EAGER_ATTEMPTS = 3;
const MAX_PAUSE_MS = 16;

/** @returns whole milliseconds, the most that a writer who lost `attempt` times in a row waits. */
export function longestPauseMs(attempt: number): number {
  return attempt <= EAGER_ATTEMPTS ? 0 : Math.min(2 ** (attempt - EAGER_ATTEMPTS), MAX_PAUSE_MS);
}

/** Waits for a random part of that. */
export async function backOff(attempt: number): Promise<void> {
  const pause = longestPauseMs(attempt);
  if (pause > 0) await delay(randomInt(pause + 1));
}
