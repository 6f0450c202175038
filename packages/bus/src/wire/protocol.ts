// What tells a frame from all else that crosses the channel.

export const COMMAND = 'NODE_MUSTER_BUS';

/** Goes up when older code could not read the frames. The hub of a process is keyed by it as well. */
export const VERSION = 5;
