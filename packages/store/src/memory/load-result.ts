// Checks the result of load(): a wrong entry would otherwise show up as a missing or wrong value, long after it was loaded.
import { shown } from '@muster/codec/options';
import type { Entry } from '../engine.js';
import { StoreFailedError } from '../errors.js';

/** @throws StoreFailedError, which shows no value, since it may be confidential. */
export function entriesOf(loaded: unknown): Map<string, Entry> {
  if (!isIterable(loaded)) {
    const hint = 'give a Map, or an array that is empty where there is nothing';
    throw new StoreFailedError(`load() of the engine gave ${shown(loaded)}; ${hint}`);
  }
  const entries = new Map<string, Entry>();
  for (const item of loaded) {
    if (!isPair(item)) {
      throw new StoreFailedError(
        `What load() of the engine gave as entry ${entries.size + 1} is not [key, { text, expiresAt }]: two texts, and ` +
          'milliseconds since the epoch, or Infinity (which JSON writes as null)',
      );
    }
    const [key, { text, expiresAt }] = item;
    entries.set(key, { text, expiresAt });
  }
  return entries;
}

function isIterable(loaded: unknown): loaded is Iterable<unknown> {
  return typeof loaded === 'object' && loaded !== null && Symbol.iterator in loaded;
}

function isPair(item: unknown): item is [key: string, entry: Entry] {
  if (!Array.isArray(item) || typeof item[0] !== 'string') return false;
  const { text, expiresAt } = (item[1] ?? {}) as Partial<Entry>;
  return typeof text === 'string' && typeof expiresAt === 'number' && !Number.isNaN(expiresAt);
}
