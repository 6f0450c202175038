// Waits for something that events tell of.
import { clearInterval, setInterval } from 'node:timers';
import { MOST_MS } from '@muster/codec/timers';
import type { QueueEvent } from '../queue.js';
import type { EventFeed } from './event-feed.js';

/**
 * Looks, and looks again after each event of interest, until there is something.
 *
 * @param look what it throws ends the wait. Is not called twice at once.
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
  // What waits keeps its process alive.
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
