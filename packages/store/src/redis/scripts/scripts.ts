// Procedures as Redis runs them: one by one, or many calls of one at once.
import { createHash } from 'node:crypto';
import type { Procedure } from '../../engine.js';

export interface Script {
  readonly lua: string;
  /** SHA-1, by which EVALSHA knows it. */
  readonly sha: string;
}

interface Scripts {
  readonly one: Script;
  readonly many: Script;
}

const known = new WeakMap<Procedure<never, unknown>, Scripts>();

export function scriptsOf(procedure: Procedure<never, unknown>): Scripts {
  let scripts = known.get(procedure);
  if (!scripts) {
    scripts = { one: script(procedure.lua), many: script(manyOf(procedure.lua)) };
    known.set(procedure, scripts);
  }
  return scripts;
}

/** @param each the arguments of each call. Calls of one procedure may have different numbers of them. */
export function argsOfMany(each: readonly (string | number)[][]): (string | number)[] {
  return each.flatMap((args) => [args.length, ...args]);
}

function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/**
 * Runs the script once for each key, and returns the replies in the order of the keys. If one fails, its reply is the error, and
 * the others are not affected.
 *
 * ARGV: for each key the number of its arguments, and then these, as `argsOfMany` puts them together.
 */
function manyOf(lua: string): string {
  return `local function one(KEYS, ARGV)
${lua}
end
local replies, at = {}, 1
for i, key in ipairs(KEYS) do
  local args, count = {}, tonumber(ARGV[at])
  for j = 1, count do args[j] = ARGV[at + j] end
  at = at + count + 1
  local ok, reply = pcall(one, { key }, args)
  if not ok and type(reply) ~= 'table' then reply = { err = tostring(reply) } end
  if reply == nil then reply = false end
  replies[i] = reply
end
return replies`;
}
