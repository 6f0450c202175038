// When what waits in an outbox leaves. A frame costs each process on its way a wake-up, and a wake-up costs as much as some
// 50 small messages: where many come in one turn of the event loop, a frame waits a moment for those of the next.

/** The last frame had so many messages: there are many. */
const MANY_MESSAGES = 32;

/** For so many turns of the event loop more, and so long, in milliseconds. */
const MAX_TURNS = 4;
const MAX_MS = 0.5;

/** A frame of so many bytes is worth its wake-up. */
const WORTHWHILE_BYTES = 32 * 1024;

export interface Waiting {
  /** How many turns of the event loop have ended since the first of it came. */
  readonly turns: number;
  /** Since then. */
  readonly ms: number;
  readonly bytes: number;
  /** Whether a request, a reply or a word of flow control is among it: somebody may be waiting for that. */
  readonly isUrgent: boolean;
  /** How many messages the last frame had. */
  readonly lastMessages: number;
}

export function waitsForMore({ turns, ms, bytes, isUrgent, lastMessages }: Waiting): boolean {
  return (
    !isUrgent &&
    lastMessages >= MANY_MESSAGES &&
    bytes < WORTHWHILE_BYTES &&
    turns <= MAX_TURNS &&
    ms < MAX_MS
  );
}
