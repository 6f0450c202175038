// The program of the child process that may crash: it reads a copy of the data file completely, and writes it anew.
// argv: the folder of the copy.
import type { Database, RootDatabase } from 'lmdb';
import { openRoot } from '../lmdb/open-root.js';
import { DAMAGED, UNKNOWN } from './examination.js';
import { isDamage, isNoRoom } from './failure.js';

type Bytes = Uint8Array;

const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;
const NAMES = ['expiries', 'deadlines', 'evictables', 'feed'];

/** The number of entries that are rewritten in one transaction. */
const BATCH = 256;

async function opened(path: string): Promise<RootDatabase<Bytes, Bytes>> {
  const lmdb = await import('lmdb');
  return openRoot<Bytes, Bytes>(lmdb, { path, noSubdir: false, noSync: true, ...BINARY });
}

function examine(root: RootDatabase<Bytes, Bytes>): void {
  const databases = NAMES.map((name) => root.openDB<Bytes, Bytes>(name, BINARY));
  for (const database of [root, ...databases]) readAll(database);
  for (const database of [root, ...databases]) writeAll(root, database);
}

/** A damaged tree may lead in circles, so it checks that keys only go up. */
function readAll(database: Database<Bytes, Bytes>): void {
  let count = 0;
  let last: Buffer | undefined;
  for (const { key } of database.getRange()) {
    const next = Buffer.from(key);
    if (last && Buffer.compare(last, next) >= 0) throw new Error('out of order');
    last = next;
    count++;
  }
  if (count !== entryCount(database)) throw new Error('out of order');
}

/** lmdb's types do not have it. */
function entryCount(database: object): number {
  return (database as { db: { stat(): { entryCount: number } } }).db.stat().entryCount;
}

/** Removes each entry and puts it back: some damage is only found in this way. */
function writeAll(root: RootDatabase<Bytes, Bytes>, database: Database<Bytes, Bytes>): void {
  const isOwn = (key: Bytes): boolean => database !== root || Buffer.from(key).includes(':');
  let last: Bytes | undefined;
  for (;;) {
    const from = last && { start: last, exclusiveStart: true };
    const keys = [...database.getKeys({ ...from, limit: BATCH })];
    if (keys.length === 0) return;
    root.transactionSync(() => {
      for (const key of keys.filter(isOwn)) {
        const value = database.get(key);
        database.remove(key);
        if (value) database.put(key, value);
      }
    });
    last = keys.at(-1);
  }
}

let root: RootDatabase<Bytes, Bytes> | undefined;
try {
  root = await opened(process.argv[2] ?? '');
  examine(root);
  process.exit(0);
} catch (error) {
  // A file that could be opened and does not work is damaged, unless the disk is full.
  const isDamaged = root ? !isNoRoom(error) : isDamage(error);
  process.exit(isDamaged ? DAMAGED : UNKNOWN);
}
