// The values of options that no bus has set.

/** Of an outbox, until a bus asks for another one. In bytes. */
export const DEFAULT_LIMIT_BYTES = 16 * 1024 * 1024;

/** How long what is sent to a member waits for its first listener, until a bus asks for another time. */
export const DEFAULT_KEEP_MS = 60_000;
