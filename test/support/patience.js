/** Milliseconds that a test waits at least for what is to happen: longer than a slow machine under load stands still. */
export const PATIENCE_MS = 60_000;
