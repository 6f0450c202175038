// The mark by which a frame is told from other messages on the channel.

export const COMMAND = 'NODE_MUSTER_BUS';

/** Goes up when older code could not read the frames. The hub of a process is keyed by it as well. */
export const VERSION = 5;
