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

function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/**
 * Runs the script once for each key, each with an equal part of the arguments, and returns the replies in order.
 * Where one fails, its reply is the error, and the others are not touched.
 */
function manyOf(lua: string): string {
  return `local function one(KEYS, ARGV)
${lua}
end
local stride = #ARGV / #KEYS
local replies = {}
for i, key in ipairs(KEYS) do
  local args = {}
  for j = 1, stride do args[j] = ARGV[(i - 1) * stride + j] end
  local ok, reply = pcall(one, { key }, args)
  if not ok and type(reply) ~= 'table' then reply = { err = tostring(reply) } end
  if reply == nil then reply = false end
  replies[i] = reply
end
return replies`;
}
