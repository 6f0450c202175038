// When to connect again, and what the user is told meanwhile: pure functions.

/** Milliseconds without a byte, comments included, after which a stream counts as broken. */
export const SILENCE_MS = 20_000;

const FIRST_MS = 1_000;
const MOST_MS = 10_000;
/** So many failures in a row are a cluster that is gone, and no hiccup. */
const LOST_AFTER = 4;

/** After so many failures in a row (1 for the first): doubles up to ten seconds, less up to a quarter at random. */
export function reconnectDelayMs(failures: number, random: number): number {
  const full = Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.round(full * (1 - random / 4));
}

export function stateAfter(failures: number): 'reconnecting' | 'lost' {
  return failures > LOST_AFTER ? 'lost' : 'reconnecting';
}
