// Whether a session's new end is worth a write.

/** Of the time that a session lives: how far its end may lag behind. */
const DEFAULT_SHARE = 1 / 20;

export interface TouchInput {
  readonly endsAt: number;
  /** What is stored. */
  readonly endsAtBefore: number;
  readonly now: number;
  readonly afterMs: number;
}

/** A session that is to end now ends, however little that moves. */
export function isTouchDue({ endsAt, endsAtBefore, now, afterMs }: TouchInput): boolean {
  if (endsAt === endsAtBefore) return false;
  return endsAt <= now || Math.abs(endsAt - endsAtBefore) > afterMs;
}

/** @param touchAfterMs the option. */
export function touchAfter(touchAfterMs: number | undefined, ttlMs: number): number {
  return touchAfterMs ?? (Number.isFinite(ttlMs) ? ttlMs * DEFAULT_SHARE : 0);
}
