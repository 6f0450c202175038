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

/** The entries of these kinds, in no order. */
export async function lookAtOwn(
  engine: Engine,
  kinds: readonly string[],
  { most = 200, forMs = 500 }: LookLimits = {},
): Promise<Look<OwnEntry>> {
  const until = performance.now() + forMs;
  const found = new Map<string, { kind: string; rest: string }>();
  let more = false;
  for (const prefix of prefixesOf(engine, kinds)) {
    let cursor: string | undefined;
    do {
      more ||= found.size > most || performance.now() > until;
      if (more) break;
      const page = await engine.scan(prefix, cursor, false);
      for (const key of page.keys) {
        const place = placeOf(key, kinds);
        if (place) found.set(key, place);
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  const kept = [...found].slice(0, most);
  const entries = await Promise.all(
    kept.map(async ([key, place]) => {
      const seen = await engine.run(readOwnEntry, [key], undefined);
      return seen ? [{ ...place, ...seen }] : [];
    }),
  );
  return { items: entries.flat(), more: more || found.size > most };
}

/** Redis looks through all keys for each scan, whatever its prefix. Elsewhere a prefix is a range of sorted keys. */
function prefixesOf({ kind }: Engine, kinds: readonly string[]): string[] {
  return kind === 'redis' ? [RESERVED] : kinds.map((one) => Keyspace.own(one).prefix);
}

function placeOf(key: string, kinds: readonly string[]) {
  const kind = kinds.find((one) => key.startsWith(Keyspace.own(one).prefix));
  return kind && { kind, rest: key.slice(Keyspace.own(kind).prefix.length) };
}
