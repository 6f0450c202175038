// Process warnings of dropped messages. Each kind is told once a process: the counter says how many.
const told = new Set<string>();

/** Messages that wait here, or in the primary for a member that listens. */
export function warnOfDrops(): void {
  warnOnce(
    'full',
    'An outbox of the bus is full, and the oldest messages in it are dropped: await broadcast(), ' +
      "or choose whenFull: 'drop-oldest' or 'error'. bus.stats() counts them",
  );
}

/** @param member that listens only now. */
export function warnOfUnheard(member: string): void {
  warnOnce(
    'unheard',
    `Messages of the bus for ${member} were dropped before it listened, since more than maxOutboxBytes waited for it: ` +
      'call on() or handle() earlier, send less before that, or raise maxOutboxBytes. bus.stats() counts them',
  );
}

function warnOnce(kind: string, message: string): void {
  if (told.has(kind)) return;
  told.add(kind);
  process.emitWarning(message, { code: 'MUSTER_BACKPRESSURE' });
}
