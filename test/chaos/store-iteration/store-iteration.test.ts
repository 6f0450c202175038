// Iterating over many keys while others write: every key that was there all the while is found, and memory stays bounded.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSharedStore, type StoreView } from '@muster/store';
import { expect, inject, onTestFinished, test } from 'vitest';
import { round } from '../rounds.js';

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

const KEYS = round({ short: 50_000, full: 1_000_000 });
const TIMEOUT_MS = round({ short: 90_000, full: 400_000 });
const BATCH = 1_000;
/** All keys at once would take some 100 bytes each, and the values more. A page takes a fraction of it. */
const MOST_BYTES = 40 * 1024 ** 2;

test.each(['embedded', 'redis'] as const)(
  'many keys on the %s engine',
  async (engine) => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-chaos-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const store = createSharedStore(
      engine === 'embedded'
        ? { url: `lmdb:${folder}`, maxBytes: 4 * 1024 ** 3 }
        : { url: inject('redisUrl'), keyPrefix: `muster-chaos:${randomUUID()}:` },
    );
    onTestFinished(() => store.close());
    const view = store.namespace<string>('many');
    const value = 'x'.repeat(100);
    for (let start = 0; start < KEYS; start += BATCH) {
      await view.setMany(Array.from({ length: BATCH }, (_, n) => [`k${start + n}`, value]));
    }
    const writing = new AbortController();
    const written = write(view, writing.signal);

    const seen = new Uint8Array(KEYS);
    for (const iterate of [() => view.keys({ prefix: 'k' }), () => keysOf(view)]) {
      seen.fill(0);
      const { most, count } = await measured(iterate(), (key) => {
        seen[Number(key.slice(1))] = 1;
      });
      expect(seen.every((one) => one === 1)).toBe(true);
      console.log(
        JSON.stringify({ engine, keys: KEYS, count, heapGrowthMB: Math.round(most / 1e6) }),
      );
      expect(most).toBeLessThan(MOST_BYTES);
    }
    writing.abort();
    expect(await written).toBeGreaterThan(0);
    await view.clear();
    expect((await view.keys().next()).done).toBe(true);
  },
  TIMEOUT_MS,
);

async function* keysOf(view: StoreView<string>): AsyncIterable<string> {
  for await (const [key, value] of view.entries({ prefix: 'k' })) {
    expect(value.length).toBe(100);
    yield key;
  }
}

/** How much the heap grew at most, and how many there were. */
async function measured(
  keys: AsyncIterable<string>,
  see: (key: string) => void,
): Promise<{ most: number; count: number }> {
  gc();
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  let count = 0;
  for await (const key of keys) {
    see(key);
    // What is held and not what waits to be collected.
    if (++count % Math.ceil(KEYS / 8) !== 0) continue;
    gc();
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  }
  return { most, count };
}

/** Others come and go all the while, and the keys that are looked for are written anew. */
async function write(view: StoreView<string>, signal: AbortSignal): Promise<number> {
  let writes = 0;
  while (!signal.aborted) {
    await view.set(`other ${writes % 5_000}`, 'y');
    await view.delete(`other ${(writes * 7) % 5_000}`);
    await view.set(`k${(writes * 31) % KEYS}`, 'z'.repeat(100));
    writes++;
    await turn();
  }
  return writes;
}
