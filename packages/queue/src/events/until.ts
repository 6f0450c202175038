// Waits for a change that events report.
import { clearInterval, setInterval } from 'node:timers';
import { onAbort } from '@muster/codec/abort-listeners';
import { MOST_MS } from '@muster/codec/timers';
import type { QueueEvent } from '../queue.js';
import type { EventFeed } from './event-feed.js';

/**
 * Calls `look` now and after each event of interest, until it returns something.
 *
 * @param look ends the wait if it throws. It is never called twice at once.
 * @throws the reason of the first of `signals` that is aborted
 */
export async function until<Found>(
  events: EventFeed,
  concerns: (event: QueueEvent) => boolean,
  signals: readonly AbortSignal[],
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const goOn = (): void => {
    for (const signal of signals) signal.throwIfAborted();
  };
  goOn();
  let isChanged = true;
  let tell = (): void => {};
  const changed = (): void => {
    isChanged = true;
    tell();
  };
  const unlisten = await events.listen((event) => {
    if (concerns(event)) changed();
  });
  // A wait keeps its process alive.
  const anchor = setInterval(() => {}, MOST_MS);
  const leave = signals.map((signal) => onAbort(signal, changed));
  try {
    for (;;) {
      goOn();
      isChanged = false;
      const found = await look();
      if (found !== undefined) return found;
      if (isChanged) continue;
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
  } finally {
    for (const end of leave) end();
    clearInterval(anchor);
    unlisten();
  }
}
