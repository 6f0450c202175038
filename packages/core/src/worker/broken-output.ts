let outlives = false;

/**
 * A worker whose output is a pipe to its primary outlives the primary, by the time of its drain. What it prints meanwhile
 * has no reader, and the EPIPE of it must not end the drain as an exception that nobody caught.
 *
 * For one that serves, or drains: to open its output would add two milliseconds to its start.
 */
export function outliveReaders(): void {
  if (outlives) return;
  outlives = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
