// One page of a user's index: which sessions are the user's, and until when that need be known.
import {
  done,
  isNothing,
  type Lifetime,
  LUA_LIFETIME,
  type Procedure,
} from '@muster/store/procedures';

export interface IndexEntry {
  /** The session's. */
  readonly hash: string;
  /** Milliseconds since the epoch, `Infinity` for ever. */
  readonly until: number;
  readonly token: string;
}

/** A time that never comes, in digits. */
const NEVER = 9e15;

/** JSON text of `hash.until.token` after `hash.until.token`; none of these can hold a `.`, a blank or a quote. */
const ENTRY = /([\w-]+)\.(\d+)\.([\w-]+)/g;

export function entriesIn(text: string | undefined): IndexEntry[] {
  return [...(text ?? '').matchAll(ENTRY)].map(([, hash = '', until, token = '']) => ({
    hash,
    until: Number(until) >= NEVER ? Infinity : Number(until),
    token,
  }));
}

/** Reads the page, drops what is over, and writes back the rest with what `change` adds to `kept`. */
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

/** Adds an entry, in the place of one of the same session that is there, whose time it keeps where that is longer. */
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

/** Removes the entry, where it is still the one with this token. */
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
