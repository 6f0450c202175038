// Reads the version of a tag of a cache, and gives it one if it has none.
import type { Procedure } from '../engine.js';
import { isText } from '../procedures/outputs.js';
import { text } from '../procedures/reply.js';

interface Input {
  /** The version that the tag gets if it has none. Versions are never used twice. */
  readonly version: string;
  /** Milliseconds for which the version is kept at least. */
  readonly forMs: number;
}

/** From this number of milliseconds on, a version is kept forever. */
const FOR_EVER_MS = 1e14;

/** KEYS: the tag. ARGV: the new version; the milliseconds. Returns the version. */
export const ensureTag: Procedure<Input, string> = {
  name: 'ensure-tag',
  access: 'write',
  lua: `local version = redis.call('GET', KEYS[1])
local forMs = tonumber(ARGV[2])
if not version then
  version = ARGV[1]
  redis.call('SET', KEYS[1], version)
  if forMs < ${FOR_EVER_MS} then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return version
end
local left = redis.call('PTTL', KEYS[1])
if left >= 0 then
  if forMs >= ${FOR_EVER_MS} then redis.call('PERSIST', KEYS[1])
  elseif left < forMs then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
end
return version`,
  args: ({ version, forMs }) => [version, Math.min(forMs, FOR_EVER_MS)],
  reply: text,
  isOutput: isText,
  embedded(transaction, [key = ''], { version, forMs }) {
    const { now } = transaction;
    const entry = transaction.entry(key);
    const lifetime = forMs >= FOR_EVER_MS ? 'never' : { forMs };
    if (entry && entry.expiresAt >= now + forMs) return entry.text;
    transaction.put(key, entry?.text ?? version, lifetime);
    return entry?.text ?? version;
  },
};
