// When an outbox flushes. A frame wakes up each process on its way, and a wake-up costs as much as some 50 small messages.
// If many messages come in each turn of the event loop, a frame waits a moment for those of the next turn.

/** With so many messages in the last frame, there is much traffic. */
const MANY_MESSAGES = 32;

/** How many more turns of the event loop a frame waits at most, and how long, in milliseconds. */
const MAX_TURNS = 4;
const MAX_MS = 0.5;

/** A frame of so many bytes is worth its wake-up. */
const WORTHWHILE_BYTES = 32 * 1024;

export interface Waiting {
  /** How many turns of the event loop have ended since the first message came. */
  readonly turns: number;
  /** Since then. */
  readonly ms: number;
  readonly bytes: number;
  /** Whether a request, a reply or a packet of flow control is among it: somebody may be waiting for that. */
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
