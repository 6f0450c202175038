// The store's own entries of some kinds, with the clock of the store. Bounded in number and in time.
import { performance } from 'node:perf_hooks';
import type { Engine, Procedure } from '../engine.js';
import { Keyspace, RESERVED } from '../entries/keyspace.js';
import { either, isNothing, isNumber, isText, recordOf } from '../procedures/outputs.js';
import { count, text, tuple } from '../procedures/reply.js';

export interface OwnEntry {
  /** After the prefix of the kind. */
  readonly rest: string;
  readonly kind: string;
  readonly text: string;
  /** Milliseconds, by the engine's clock. */
  readonly now: number;
  /** Milliseconds since the epoch. */
  readonly wall: number;
}

export interface LookLimits {
  /** How many entries, at most. Default: 200. */
  readonly most?: number;
  /**
   * Milliseconds after which no further page of keys is asked for. On Redis all keys of the server are looked through, because there
   * is no list of locks. Default: 500.
   */
  readonly forMs?: number;
}

/** A part of all that there are, if `more`. */
export interface Look<Item> {
  readonly items: readonly Item[];
  readonly more: boolean;
}

type Seen = Pick<OwnEntry, 'text' | 'now' | 'wall'>;

/** KEYS: the entry. Returns its text and the time, or nil if there is none. */
const readOwnEntry: Procedure<undefined, Seen | undefined> = {
  name: 'read-own-entry',
  access: 'read',
  lua: `local text = redis.pcall('GET', KEYS[1])
if type(text) ~= 'string' then return false end
local time = redis.call('TIME')
return { text, time[1] * 1000 + math.floor(time[2] / 1000) }`,
  args: () => [],
  reply(raw) {
    if (raw === null) return undefined;
    const [found, at] = tuple(raw, 2);
    const now = count(at);
    return { text: text(found), now, wall: now };
  },
  isOutput: either(recordOf({ text: isText, now: isNumber, wall: isNumber }), isNothing),
  embedded(transaction, [key = '']) {
    const found = transaction.get(key);
    return found === undefined
      ? undefined
      : { text: found, now: transaction.now, wall: transaction.wall };
  },
};

/** Keys that are read at once. */
const BATCH = 100;

/**
 * What the entries of these kinds are looked at as, in no order.
 *
 * @param look `undefined` for an entry that is not of interest, such as that of a lock which is free: it is not counted
 */
export async function lookAtOwn<Item>(
  engine: Engine,
  kinds: readonly string[],
  { most = 200, forMs = 500 }: LookLimits = {},
  look: (entry: OwnEntry) => Item | undefined,
): Promise<Look<Item>> {
  const until = performance.now() + forMs;
  // A scan of Redis may find a key twice.
  const seen = new Set<string>();
  const items: Item[] = [];
  const isEnough = () => items.length > most || performance.now() > until;
  const result = (more: boolean) => ({ items: items.slice(0, most), more });
  for (const prefix of prefixesOf(engine, kinds)) {
    let cursor: string | undefined;
    do {
      if (isEnough()) return result(true);
      const page = await engine.scan(prefix, cursor, false);
      const fresh = placesIn(page.keys, kinds).filter(({ key }) => !seen.has(key));
      for (const { key } of fresh) seen.add(key);
      for (let at = 0; at < fresh.length; at += BATCH) {
        if (isEnough()) return result(true);
        items.push(...(await lookAt(engine, fresh.slice(at, at + BATCH), look)));
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  return result(items.length > most);
}

async function lookAt<Item>(
  engine: Engine,
  places: readonly Place[],
  look: (entry: OwnEntry) => Item | undefined,
): Promise<Item[]> {
  const looks = places.map(async ({ key, kind, rest }) => {
    const seen = await engine.run(readOwnEntry, [key], undefined);
    return seen && look({ kind, rest, ...seen });
  });
  return (await Promise.all(looks)).flatMap((item) => (item === undefined ? [] : [item as Item]));
}

/** Redis looks through all keys for each scan, whatever its prefix. Elsewhere a prefix is a range of sorted keys. */
function prefixesOf({ kind }: Engine, kinds: readonly string[]): string[] {
  return kind === 'redis' ? [RESERVED] : kinds.map((one) => Keyspace.own(one).prefix);
}

type Place = Pick<OwnEntry, 'kind' | 'rest'> & { readonly key: string };

function placesIn(keys: readonly string[], kinds: readonly string[]): Place[] {
  const prefixes = kinds.map((kind) => ({ kind, prefix: Keyspace.own(kind).prefix }));
  return keys.flatMap((key) => {
    const place = prefixes.find(({ prefix }) => key.startsWith(prefix));
    return place ? [{ key, kind: place.kind, rest: key.slice(place.prefix.length) }] : [];
  });
}
