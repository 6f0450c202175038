// Packages that an app may have loaded and that core does not know, such as @muster/queue, hear on a channel of
// node:diagnostics_channel that this worker drains.
import { channel } from 'node:diagnostics_channel';

/** @returns what they still do, each of which may reject. */
export function tellPackages(): readonly Promise<unknown>[] {
  const ends: Promise<unknown>[] = [];
  channel('muster.drain').publish({ waitFor: (end: Promise<unknown>) => ends.push(end) });
  return ends;
}
