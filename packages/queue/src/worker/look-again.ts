// How long a timer waits for a time on a clock that may be set, and that goes on while the machine sleeps. Timers do neither.

/** The longest wait in milliseconds before the clock is read again. The clock of the store costs a call, that of the machine nothing. */
const MOST_MS = { machine: 1_000, store: 60_000 } as const;

/** @param leftMs until the time comes, by that clock. */
export function lookAgainMs(leftMs: number, clock: keyof typeof MOST_MS): number {
  return Math.min(Math.max(leftMs, 1), MOST_MS[clock]);
}
