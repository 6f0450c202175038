// Whether moving a session's end is worth a write.

/** How far the stored end may lag behind, as a share of the time that a session lives. */
const DEFAULT_SHARE = 1 / 20;

export interface TouchInput {
  readonly endsAt: number;
  /** The end that is stored. */
  readonly endsAtBefore: number;
  readonly now: number;
  readonly afterMs: number;
}

/** A session that is to end now ends, however little that moves its end. */
export function isTouchDue({ endsAt, endsAtBefore, now, afterMs }: TouchInput): boolean {
  if (endsAt === endsAtBefore) return false;
  return endsAt <= now || Math.abs(endsAt - endsAtBefore) > afterMs;
}

/** @param touchAfterMs the option. */
export function touchAfter(touchAfterMs: number | undefined, ttlMs: number): number {
  return touchAfterMs ?? (Number.isFinite(ttlMs) ? ttlMs * DEFAULT_SHARE : 0);
}
