// One page of a user's index: which sessions are the user's, and until when the index has to know.
import {
  done,
  isNothing,
  type Lifetime,
  LUA_LIFETIME,
  type Procedure,
} from '@muster/store/procedures';

export interface IndexEntry {
  /** The hash of the session's id. */
  readonly hash: string;
  /** Milliseconds since the epoch, `Infinity` for ever. */
  readonly until: number;
  readonly token: string;
}

/** Stands for `Infinity`, in digits. */
const NEVER = 9e15;

/** A page is JSON text: entries `hash.until.token`, separated by blanks. No part contains a `.`, a blank or a quote. */
const ENTRY = /([\w-]+)\.(\d+)\.([\w-]+)/g;

export function entriesIn(text: string | undefined): IndexEntry[] {
  return [...(text ?? '').matchAll(ENTRY)].map(([, hash = '', until, token = '']) => ({
    hash,
    until: Number(until) >= NEVER ? Infinity : Number(until),
    token,
  }));
}

/**
 * KEYS[1]: the page. Gives `text`, `now` (by the server's clock), `keep(hash, till, token)`, which keeps an entry, and
 * `save()`, which writes what was kept, or deletes the page if that is nothing.
 */
const LUA_PAGE = `${LUA_LIFETIME}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local text = redis.pcall('GET', KEYS[1])
if type(text) ~= 'string' then text = '' end
local kept, last = {}, 0
local function keep(hash, till, token)
  kept[#kept + 1] = string.format('%s.%.0f.%s', hash, till, token)
  last = math.max(last, till)
end
local function save()
  if #kept == 0 then redis.call('DEL', KEYS[1]) return end
  local page = '"' .. table.concat(kept, ' ') .. '"'
  if last >= ${NEVER} then write(KEYS[1], page, 'never', 0) else write(KEYS[1], page, 'until', last) end
end
`;

/**
 * Adds an entry, and replaces one of the same session, whose time stays if it is later. Drops entries that are over.
 *
 * KEYS[1]: the page. ARGV: hash, until (milliseconds since the epoch), token. Returns 1.
 */
export const addEntry: Procedure<IndexEntry, void> = {
  name: 'session-index-add',
  access: 'write',
  lua: `${LUA_PAGE}
local till = tonumber(ARGV[2])
for hash, old, token in string.gmatch(text, '([%w_%-]+)%.(%d+)%.([%w_%-]+)') do
  old = tonumber(old)
  if hash == ARGV[1] then till = math.max(till, old) elseif old > now then keep(hash, old, token) end
end
keep(ARGV[1], till, ARGV[3])
save()
return 1`,
  args: ({ hash, until, token }) => [hash, Math.min(until, NEVER), token],
  reply: done,
  isOutput: isNothing,
  embedded(transaction, [key = ''], entry) {
    const before = entriesIn(transaction.get(key));
    const others = before.filter(
      ({ hash, until }) => hash !== entry.hash && until > transaction.wall,
    );
    const old = before.find(({ hash }) => hash === entry.hash);
    const until = Math.max(entry.until, old?.until ?? 0);
    save(transaction, key, [...others, { ...entry, until }]);
  },
};

/**
 * Removes the entry if it still has this token. Drops entries that are over.
 *
 * KEYS[1]: the page. ARGV: hash, token. Returns 1.
 */
export const removeEntry: Procedure<{ hash: string; token: string }, void> = {
  name: 'session-index-remove',
  access: 'write',
  lua: `${LUA_PAGE}
if text == '' then return 1 end
for hash, old, token in string.gmatch(text, '([%w_%-]+)%.(%d+)%.([%w_%-]+)') do
  old = tonumber(old)
  local isIt = hash == ARGV[1] and token == ARGV[2]
  if not isIt and old > now then keep(hash, old, token) end
end
save()
return 1`,
  args: ({ hash, token }) => [hash, token],
  reply: done,
  isOutput: isNothing,
  embedded(transaction, [key = ''], gone) {
    const before = entriesIn(transaction.get(key));
    if (before.length === 0) return;
    const isIt = ({ hash, token }: IndexEntry) => hash === gone.hash && token === gone.token;
    save(
      transaction,
      key,
      before.filter((entry) => !isIt(entry) && entry.until > transaction.wall),
    );
  },
};

type Transaction = Parameters<Procedure<void, void>['embedded']>[0];

function save(transaction: Transaction, key: string, entries: readonly IndexEntry[]): void {
  if (entries.length === 0) {
    transaction.delete(key);
    return;
  }
  const last = entries.reduce((latest, { until }) => Math.max(latest, until), 0);
  const lifetime: Lifetime = last === Infinity ? 'never' : { until: last };
  const texts = entries.map(
    ({ hash, until, token }) => `${hash}.${Math.min(until, NEVER)}.${token}`,
  );
  transaction.put(key, `"${texts.join(' ')}"`, lifetime);
}
