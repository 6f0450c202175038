/**
 * How long a worker has been silent, counted only while the primary could have heard it.
 *
 * To a primary that was blocked or stopped itself, all workers look silent: their heartbeats wait in its pipes. So a gap
 * between two checks counts as at most two intervals; by then the pipes are read.
 */
export interface Silence {
  readonly silentMs: number;
  /** When it was last checked, on a monotonic clock. */
  readonly lookedAt: number;
}

/** `laterMs`: by how much the next heartbeat is due later than the next check. Until then, silence means nothing. */
export function newSilence(now: number, laterMs = 0): Silence {
  return { silentMs: -laterMs, lookedAt: now };
}

/** `everyMs`: the interval between checks. */
export function silenceAt({ silentMs, lookedAt }: Silence, now: number, everyMs: number): Silence {
  const elapsed = Math.min(Math.max(0, now - lookedAt), 2 * everyMs);
  return { silentMs: silentMs + elapsed, lookedAt: now };
}
