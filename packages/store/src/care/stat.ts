// The contents of a store by namespace.
import type { Engine } from '../engine.js';
import { nameIn } from '../entries/keyspace.js';
import { keysOf, valuesOf } from './entries.js';

export interface NamespaceStat {
  /** `''` for the store itself. */
  readonly namespace: string;
  readonly entries: number;
  /** Bytes of UTF-8 of keys and values, as they are encoded. */
  readonly bytes: number;
  /** The number of entries that expire. */
  readonly ending: number;
}

/** The largest first. Sorted sets are in no namespace. */
export async function stat(engine: Engine): Promise<NamespaceStat[]> {
  const found = new Map<string, { entries: number; bytes: number; ending: number }>();
  for await (const keys of keysOf(engine)) {
    for (const [key, text, endsAt] of await valuesOf(engine, keys)) {
      const name = nameIn(key);
      const sum = found.get(name) ?? { entries: 0, bytes: 0, ending: 0 };
      sum.entries += 1;
      sum.bytes += Buffer.byteLength(key) + Buffer.byteLength(text);
      if (endsAt !== null) sum.ending += 1;
      found.set(name, sum);
    }
  }
  return [...found]
    .map(([namespace, sum]) => ({ namespace, ...sum }))
    .sort((one, other) => other.bytes - one.bytes);
}
