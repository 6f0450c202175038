// The entries of callers, page by page, without the store's own entries, most of which describe the present.
import { timeOfDay } from '@muster/codec/timers';
import type { Engine, Procedure } from '../engine.js';
import { isKeyOfValue } from '../entries/keyspace.js';
import { either, isNothing, isNumber, isText, listOf, recordOf } from '../procedures/outputs.js';
import { list, text, timeLeft, tuple } from '../procedures/reply.js';
import type { BackupLine, ValueLine } from './backup-lines.js';
import { membersOf, setsOf } from './sorted-members.js';

interface Found {
  readonly text: string;
  /** Milliseconds; `Infinity` for an entry that does not expire. */
  readonly leftMs: number;
}

/** In the order of the keys. A key of another Redis type than a string is not an entry. KEYS: the entries. Returns text and PTTL of each. */
const readEntries: Procedure<undefined, (Found | undefined)[]> = {
  name: 'read-entries',
  access: 'read',
  lua: `local entries = {}
for n, key in ipairs(KEYS) do
  local text = redis.pcall('GET', key)
  entries[n] = type(text) == 'string' and { text, redis.call('PTTL', key) }
end
return entries`,
  args: () => [],
  reply(raw) {
    return list(raw, (entry) => {
      if (entry === null) return undefined;
      const [found, left] = tuple(entry, 2);
      const leftMs = timeLeft(left);
      return leftMs === undefined ? undefined : { text: text(found), leftMs };
    });
  },
  isOutput: listOf(either(recordOf({ text: isText, leftMs: isNumber }), isNothing)),
  embedded(transaction, keys) {
    return keys.map((key) => {
      const entry = transaction.entry(key);
      return entry && { text: entry.text, leftMs: entry.expiresAt - transaction.now };
    });
  },
};

function isOfThisMachine({ kind }: Engine): boolean {
  return kind === 'embedded' || kind === 'memory';
}

/** On a Redis Cluster keys have to be read one by one; on a single server a script should be short. */
async function found(engine: Engine, keys: readonly string[]): Promise<(Found | undefined)[]> {
  if (isOfThisMachine(engine)) return engine.run(readEntries, keys, undefined);
  const each = keys.map((key) => engine.run(readEntries, [key], undefined));
  return (await Promise.all(each)).flat();
}

/** The full keys of values. A key that exists during the whole scan is on one of the pages. */
export async function* keysOf(engine: Engine): AsyncGenerator<readonly string[]> {
  // A scan of Redis, or of an engine of your own, may find a key twice.
  const seen = isOfThisMachine(engine) ? undefined : new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await engine.scan('', cursor, false);
    const fresh = page.keys.filter((key) => isKeyOfValue(key) && !seen?.has(key));
    for (const key of fresh) seen?.add(key);
    yield fresh;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

export async function* linesOf(engine: Engine): AsyncGenerator<readonly BackupLine[]> {
  for await (const keys of keysOf(engine)) yield await valuesOf(engine, keys);
  const sets = new Set<string>();
  for await (const set of setsOf(engine)) sets.add(set);
  for (const set of sets) {
    for await (const members of membersOf(engine, set)) {
      yield members.map((member) => ({ set, ...member }));
    }
  }
}

/** The values of the keys that exist. */
export async function valuesOf(engine: Engine, keys: readonly string[]): Promise<ValueLine[]> {
  const entries = await found(engine, keys);
  const now = timeOfDay();
  return entries.flatMap((entry, position) => {
    const key = keys[position];
    if (entry === undefined || key === undefined) return [];
    const { text, leftMs } = entry;
    return [[key, text, Number.isFinite(leftMs) ? Math.ceil(now + leftMs) : null] as const];
  });
}
