/**
 * How long a worker has been silent, counted only while the primary could have heard it.
 *
 * A primary that was blocked or stopped itself finds all of its workers silent: their heartbeats wait in its pipes. So a
 * gap between two looks counts as no more than two of them; then the pipes are read.
 */
export interface Silence {
  readonly silentMs: number;
  /** When it was last looked at, on a clock that only goes forward. */
  readonly lookedAt: number;
}

/** `laterMs`: by how much the next heartbeat comes later than one look after this: until then, silence says nothing. */
export function newSilence(now: number, laterMs = 0): Silence {
  return { silentMs: -laterMs, lookedAt: now };
}

/** `everyMs`: how far apart the looks are meant to be. */
export function silenceAt({ silentMs, lookedAt }: Silence, now: number, everyMs: number): Silence {
  const elapsed = Math.min(Math.max(0, now - lookedAt), 2 * everyMs);
  return { silentMs: silentMs + elapsed, lookedAt: now };
}
