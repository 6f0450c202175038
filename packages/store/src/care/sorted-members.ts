// The sorted sets of a store, page by page, on every engine: Redis has a data type for them, other engines keep them in entries.
import type { Engine, Procedure } from '../engine.js';
import { Keyspace, SORTED_SETS, sortedSetIn } from '../entries/keyspace.js';
import { either, isNothing, isNumber, isText, listOf, recordOf } from '../procedures/outputs.js';
import { list, score, text, tuple } from '../procedures/reply.js';
import { sortedAdd, sortedRemove } from '../sorted-sets/write.js';

interface Page {
  readonly members: readonly { readonly member: string; readonly score: number }[];
  /** Continues after the page; `undefined` after the last one. */
  readonly cursor: string | undefined;
}

/** How many members are read in one step. */
const PAGE = 500;

/** A member that exists all the time is on one page, in Redis perhaps on several. KEYS: the set. ARGV: the cursor. Returns ZSCAN's reply. */
const readMembers: Procedure<string | undefined, Page> = {
  name: 'read-sorted-members',
  access: 'read',
  lua: `return redis.call('ZSCAN', KEYS[1], ARGV[1], 'COUNT', ${PAGE})`,
  args: (cursor) => [cursor ?? '0'],
  reply(raw) {
    const [cursor, found] = tuple(raw, 2);
    const flat = list(found, text);
    const members = Array.from({ length: Math.ceil(flat.length / 2) }, (_, i) => ({
      member: text(flat[2 * i]),
      score: score(flat[2 * i + 1]),
    }));
    return { members, cursor: text(cursor) === '0' ? undefined : text(cursor) };
  },
  isOutput: recordOf({
    members: listOf(recordOf({ member: isText, score: isNumber })),
    cursor: either(isText, isNothing),
  }),
  embedded(transaction, [set = ''], cursor) {
    const start = `${set}m`;
    const range = { reverse: false, offset: 0, limit: PAGE + 1 };
    const keys = transaction.keys(cursor ?? start, `${set}n`, range);
    const members = keys
      .filter((key) => key !== cursor)
      .map((key) => ({ member: key.slice(start.length), score: Number(transaction.get(key)) }));
    return { members, cursor: keys.length > PAGE ? keys.at(-1) : undefined };
  },
};

/** The names of all sets; a name may come twice. */
export async function* setsOf(engine: Engine): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await engine.scan(SORTED_SETS, cursor, false);
    for (const key of page.keys) {
      const name = sortedSetIn(key);
      if (name !== undefined) yield name;
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** The pages of the members of a set, each member once. */
export async function* membersOf(engine: Engine, set: string): AsyncGenerator<Page['members']> {
  const key = Keyspace.sortedSet(set).prefix;
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page: Page = await engine.run(readMembers, [key], cursor);
    const fresh = page.members.filter(({ member }) => !seen.has(member));
    for (const { member } of fresh) seen.add(member);
    yield fresh;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

export async function addMember(
  engine: Engine,
  set: string,
  member: string,
  score: number,
): Promise<void> {
  await engine.run(sortedAdd, [Keyspace.sortedSet(set).prefix], { member, score });
}

export async function removeMembers(
  engine: Engine,
  set: string,
  members: Page['members'],
): Promise<void> {
  const keys = [Keyspace.sortedSet(set).prefix];
  await Promise.all(members.map(({ member }) => engine.run(sortedRemove, keys, member)));
}
