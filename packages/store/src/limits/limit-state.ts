// The stored state of an id of a rate limit: until when it is blocked, and one bucket for each rule.
import type { GcraRule } from './gcra-rule.js';

export interface Bucket {
  readonly level: number;
  /** The time of that level; milliseconds since the epoch. */
  readonly at: number;
  /** From the rule that filled it: `level` is in its units, and leaks at its pace. */
  readonly perToken: number;
  readonly perMs: number;
  /** The part of the level above the capacity of that rule: reserved for turns in the future. It leaks first. */
  readonly reserved: number;
}

export interface LimitState {
  /** Milliseconds since the epoch; 0 if it is not blocked. */
  readonly blockedUntil: number;
  /** In the order of the rules. */
  readonly buckets: readonly Bucket[];
}

const BLOCK = /^b(\d+)/;
const BUCKET = /^(\d+) (\d+) ([1-9]\d*) ([1-9]\d*) ?(\d*)$/;

/** The text is a first line `b<until>` if the id is blocked, and a line for each bucket. Other lines are ignored. */
export function parseLimit(text = ''): LimitState {
  const buckets: Bucket[] = [];
  for (const line of text.split('\n')) {
    const parts = BUCKET.exec(line);
    if (!parts) continue;
    const [level = 0, at = 0, perToken = 1, perMs = 1, reserved = 0] = parts.slice(1).map(Number);
    buckets.push({ level, at, perToken, perMs, reserved });
  }
  return { blockedUntil: Number(BLOCK.exec(text)?.[1] ?? 0), buckets };
}

export function formatLimit({ blockedUntil, buckets }: LimitState): string {
  const lines = buckets.map(({ level, at, perToken, perMs, reserved }) => {
    const line = `${level} ${at} ${perToken} ${perMs}`;
    return reserved > 0 ? `${line} ${reserved}` : line;
  });
  return (blockedUntil > 0 ? [`b${blockedUntil}`, ...lines] : lines).join('\n');
}

/**
 * The level at `now`, in units of the given rule. Until now the bucket leaked by its own rule. Taken tokens stay taken, up to the
 * new burst, and so do reserved turns.
 */
export function levelAt(now: number, bucket: Bucket, { perToken, capacity }: GcraRule): number {
  const leaked = Math.max(now - bucket.at, 0) * bucket.perMs;
  const rest = Math.max(bucket.level - leaked, 0);
  const reserved = Math.max(bucket.reserved - leaked, 0);
  const scaled = (units: number): number =>
    bucket.perToken === perToken ? units : Math.ceil((units * perToken) / bucket.perToken);
  return Math.min(scaled(rest - reserved), capacity) + scaled(reserved);
}

/** `parse(text)`, `format(blockedUntil, buckets)` and `levelAt(now, bucket, perToken, capacity)`, line by line. */
export const LUA_LIMIT_STATE = `local function parse(text)
  local buckets = {}
  for line in string.gmatch(text, '[^\\n]+') do
    local level, at, perToken, perMs, reserved = string.match(line, '^(%d+) (%d+) ([1-9]%d*) ([1-9]%d*) ?(%d*)$')
    if level then
      table.insert(buckets, { level = tonumber(level), at = tonumber(at), perToken = tonumber(perToken),
        perMs = tonumber(perMs), reserved = tonumber(reserved) or 0 })
    end
  end
  return tonumber(string.match(text, '^b(%d+)')) or 0, buckets
end
local function format(blockedUntil, buckets)
  local lines = {}
  if blockedUntil > 0 then table.insert(lines, string.format('b%.0f', blockedUntil)) end
  for _, one in ipairs(buckets) do
    local line = string.format('%.0f %.0f %.0f %.0f', one.level, one.at, one.perToken, one.perMs)
    if one.reserved > 0 then line = line .. string.format(' %.0f', one.reserved) end
    table.insert(lines, line)
  end
  return table.concat(lines, '\\n')
end
local function levelAt(now, bucket, perToken, capacity)
  local leaked = math.max(now - bucket.at, 0) * bucket.perMs
  local rest = math.max(bucket.level - leaked, 0)
  local reserved = math.max(bucket.reserved - leaked, 0)
  local base = rest - reserved
  if bucket.perToken ~= perToken then
    base = math.ceil((base * perToken) / bucket.perToken)
    reserved = math.ceil((reserved * perToken) / bucket.perToken)
  end
  return math.min(base, capacity) + reserved
end`;
