// Makes random calls of a store, and writes to a file what it called and what it got, until it is killed. In a file, because what
// is on its way in a pipe dies with the process.
// env: STORE_OPTIONS; argv: the file. Messages: milliseconds by which its time of day is to be set.
// @ts-check

import { openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const KEYS = 4;
const PERMITS = 2;
const TTL_MS = 400;
const AT_ONCE = 3;
/** What one loses the other gets, in one transaction. */
const PAIR = ['{pair} from', '{pair} to'];

const timeOfDay = Date.now;
let shiftMs = 0;
Date.now = () => timeOfDay() + shiftMs;
// The store takes the clock as it is when it is imported.
const { createSharedStore } = await import('@muster/store');

const [path = ''] = process.argv.slice(2);
const log = openSync(path, 'w');
const store = createSharedStore(JSON.parse(process.env.STORE_OPTIONS ?? '{}'));
const view = store.namespace('history');
const shared = store.readWriteLock('shared');
const semaphore = store.semaphore('permits', { permits: PERMITS });

/** Milliseconds, the same for all processes of the machine. */
const now = () => Number(process.hrtime.bigint()) / 1e6;
/** @param {unknown} line */
const write = (line) => writeSync(log, `${JSON.stringify(line)}\n`);
const below = (/** @type {number} */ limit) => Math.floor(Math.random() * limit);
let ids = 0;

/**
 * @template Output
 * @param {string} call
 * @param {string} key
 * @param {unknown} input
 * @param {() => Promise<Output>} make
 */
async function recorded(call, key, input, make) {
  const id = ++ids;
  write({ id, call, key, input, start: now() });
  try {
    const value = await make();
    write({ id, end: now(), output: { value } });
    return value;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : String(error);
    // Of every other error the store says that nothing was changed.
    if (code !== 'MUSTER_OUTCOME_UNKNOWN') write({ id, failed: code });
    return undefined;
  }
}

const calls = [
  () => {
    const key = `counter ${below(KEYS)}`;
    return below(3) > 0
      ? recorded('increment', key, 1, () => view.increment(key))
      : recorded('get', key, null, () => view.get(key));
  },
  async () => {
    const key = `value ${below(KEYS)}`;
    const mine = `${process.pid} ${ids}`;
    const kind = below(3);
    if (kind === 0) return recorded('set', key, mine, () => view.set(key, mine));
    const seen = await recorded('get', key, null, () => view.get(key));
    if (kind === 1 || typeof seen !== 'string') return seen;
    const change = [seen, mine];
    return recorded('compareAndSet', key, change, () => view.compareAndSet(key, seen, mine));
  },
  async () => {
    const n = 1 + below(3);
    await recorded('increment', 'moved', n, async () => {
      const both = await view.transaction(PAIR, ([from = 0, to = 0]) => [from - n, to + n]);
      return both?.[1];
    });
    const pair = await view.getMany(PAIR);
    write({ pair });
  },
  () => recorded('get', 'moved', null, () => view.get(PAIR[1] ?? '')),
  () => holding('shared', () => shared.read({ ttlMs: TTL_MS, waitMs: 10_000 }), 'read'),
  () => holding('shared', () => shared.write({ ttlMs: TTL_MS, waitMs: 10_000 }), 'write'),
  () => holding('lock', () => store.lock('lock', { ttlMs: TTL_MS, waitMs: 10_000 })),
  () => holding('permits', () => semaphore.acquire({ ttlMs: TTL_MS, waitMs: 10_000 })),
];

/** Writes down while it is held for certain. @param {string} name @param {() => Promise<import('@muster/store').Lock>} acquire @param {'read' | 'write'} [mode] */
async function holding(name, acquire, mode) {
  const lock = await acquire();
  const from = now();
  for (let n = below(5); n >= 0; n--) {
    const until = now();
    if (lock.signal.aborted) break;
    write({ hold: { name, mode, token: lock.token, from, until } });
    await delay(below(10));
  }
  await lock.release();
}

process.on('message', (ms) => {
  shiftMs = Number(ms);
});
process.on('disconnect', () => process.exit());

for (let n = 0; n < AT_ONCE; n++) {
  (async () => {
    for (;;) {
      await calls[below(calls.length)]?.().catch(() => {});
      await delay(below(6));
    }
  })();
}
