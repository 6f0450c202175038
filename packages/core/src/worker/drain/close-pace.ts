/** Milliseconds, at most, between two closes: a few connections need no spreading. */
const STEP_MS = 10;

/**
 * Milliseconds between the closes of `count` connections, so that their clients do not all reconnect at once.
 *
 * @param paceMs in which all are closed
 * @param leftMs until the end of the drain; closing takes some of it
 */
export function closeIntervalMs(count: number, paceMs: number, leftMs: number): number {
  const within = Math.min(paceMs, Math.max(0, leftMs) / 2);
  return Math.min(STEP_MS, within / Math.max(1, count));
}
