/**
 * A worker whose output is a pipe to its primary outlives the primary, by the time of its drain. What it prints meanwhile
 * has no reader, and the EPIPE of it must not end the drain as an exception that nobody caught.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
