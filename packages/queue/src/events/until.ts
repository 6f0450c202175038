// Waits for a change that events report.
import { clearInterval, setInterval } from 'node:timers';
import { MOST_MS } from '@muster/codec/timers';
import type { QueueEvent } from '../queue.js';
import type { EventFeed } from './event-feed.js';

/**
 * Calls `look` now and after each event of interest, until it returns something.
 *
 * @param look ends the wait if it throws. It is never called twice at once.
 * @throws the reason of `signal`
 */
export async function until<Found>(
  events: EventFeed,
  concerns: (event: QueueEvent) => boolean,
  signal: AbortSignal,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  signal.throwIfAborted();
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
  signal.addEventListener('abort', changed);
  try {
    for (;;) {
      signal.throwIfAborted();
      isChanged = false;
      const found = await look();
      if (found !== undefined) return found;
      if (isChanged) continue;
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
  } finally {
    signal.removeEventListener('abort', changed);
    clearInterval(anchor);
    unlisten();
  }
}
