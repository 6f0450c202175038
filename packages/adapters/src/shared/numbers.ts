// Numbers that an app computes for a request, which may be anything.

/** A century: more than any window, and exact in a double. */
export const LONGEST_MS = 100 * 365.25 * 86_400_000;

/** @param least included. */
export function wholeNumber(value: number, least: number): number {
  return Math.min(Math.max(Math.trunc(Number(value)) || 0, least), LONGEST_MS);
}
