/** Goes up when older code could not read the frames. The hub of a process is keyed by it as well. */
export const VERSION = 2;
