// When a worker process of a cluster drains, its job workers close. @muster/core announces the drain on this channel, and waits
// for them.
import { subscribe } from 'node:diagnostics_channel';

type Close = () => Promise<void>;

const open = new Set<Close>();
let isSubscribed = false;

/** @returns a function that ends it. */
export function joinDrain(close: Close): () => void {
  if (!isSubscribed) {
    isSubscribed = true;
    subscribe('muster.drain', (message) => {
      const { waitFor } = message as { waitFor(end: Promise<unknown>): void };
      for (const it of open) waitFor(it());
    });
  }
  open.add(close);
  return () => open.delete(close);
}
