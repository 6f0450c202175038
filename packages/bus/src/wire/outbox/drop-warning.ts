/** One a process: the counter says how many. */
let warned = false;

export function warnOfDrops(): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    'An outbox of the bus is full, and the oldest messages in it are dropped: await broadcast(), ' +
      "or choose whenFull: 'drop-oldest' or 'error'. bus.stats() counts them",
    { code: 'MUSTER_BACKPRESSURE' },
  );
}
