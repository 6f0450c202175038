// Replaces the texts of several keys, only where all of them are still what the caller saw, and carries out steps with them.
import type { Engine, Procedure, WriteProgress } from '../../engine.js';
import type { Lifetime } from '../../entries/lifetime.js';
import { LUA_LIFETIME, lifetimeArgs } from '../../entries/lua-lifetime.js';
import { either, isFlag, isText } from '../../procedures/outputs.js';
import { flag, text } from '../../procedures/reply.js';
import type { StepRun, TransactionStep } from '../transaction-steps.js';

interface Replacement {
  /** `undefined`: there must be no such key. */
  readonly expected: string | undefined;
  /** `undefined` deletes the key. */
  readonly next: string | undefined;
  readonly lifetime: Lifetime;
}

interface Input {
  readonly replacements: readonly Replacement[];
  readonly runs: readonly StepRun[];
}

/** An absent text is sent as the empty one, which no value encodes to. */
const ABSENT = '';

/**
 * Resolves with whether all texts were the expected ones; if not, nothing was changed.
 *
 * @throws what `refused` of a step gives: nothing was changed.
 */
export async function runWithSteps(
  engine: Engine,
  keys: readonly string[],
  replacements: readonly Replacement[],
  runs: readonly StepRun[],
  progress: WriteProgress,
): Promise<boolean> {
  const procedure = withSteps(new Set(runs.map(({ step }) => step)));
  const all = [...keys, ...runs.map(({ key }) => key)];
  const output = await engine.run(procedure, all, { replacements, runs }, progress);
  if (typeof output === 'boolean') return output;
  const [, at = 0, why = ''] = /^(\d+) (.*)$/s.exec(output) ?? [];
  const run = runs[Number(at)];
  throw run?.step.refused(run.input, why) ?? new Error(output);
}

/** By the names of their steps. There is one for each set of packages that an app uses in a transaction. */
const known = new Map<string, Procedure<Input, boolean | string>>();

function withSteps(steps: ReadonlySet<TransactionStep<unknown>>): typeof compareAndSetMany {
  if (steps.size === 0) return compareAndSetMany;
  const sorted = [...steps].sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = sorted.map(({ name }) => name).join();
  const procedure = known.get(names) ?? { ...compareAndSetMany, lua: luaOf(sorted) };
  known.set(names, procedure);
  return procedure;
}

/**
 * Outputs whether all texts were the expected ones, or the position of the step that refused and its text. An entry that stays as it
 * is is not written.
 *
 * KEYS: the entries, and the keys of the steps. ARGV: the number of entries; for each, the expected text, the new one, empty to
 * delete, and its lifetime; for each step, its name, the number of its arguments, and these. Returns 1, 0 or a text.
 */
function luaOf(steps: readonly TransactionStep<unknown>[]): string {
  const functions = steps.map(
    ({ name, lua }) => `steps['${name}'] = function(KEYS, ARGV)\n${lua}\nend\n`,
  );
  return `${LUA_LIFETIME}
local steps, writes, count = {}, {}, tonumber(ARGV[1])
${functions.join('')}for i = 1, count do
  if (redis.call('GET', KEYS[i]) or '') ~= ARGV[4 * i - 2] then return 0 end
end
local at = 4 * count + 2
for i = count + 1, #KEYS do
  local args, length = {}, tonumber(ARGV[at + 1])
  for j = 1, length do args[j] = ARGV[at + 1 + j] end
  local outcome = steps[ARGV[at]]({ KEYS[i] }, args)
  if type(outcome) == 'table' then return outcome end
  if type(outcome) == 'string' then return (i - count - 1) .. ' ' .. outcome end
  writes[#writes + 1] = outcome
  at = at + 2 + length
end
for i = 1, count do
  local key, before, after, kind = KEYS[i], ARGV[4 * i - 2], ARGV[4 * i - 1], ARGV[4 * i]
  if after == '' then
    if before ~= '' then redis.call('DEL', key) end
  elseif after ~= before or kind ~= 'keep' then write(key, after, kind, ARGV[4 * i + 1]) end
end
for _, write in ipairs(writes) do write() end
return 1`;
}

const compareAndSetMany: Procedure<Input, boolean | string> = {
  name: 'transaction',
  access: 'write',
  lua: luaOf([]),
  args: ({ replacements, runs }) => [
    replacements.length,
    ...replacements.flatMap(({ expected = ABSENT, next = ABSENT, lifetime }) => [
      expected,
      next,
      ...lifetimeArgs(lifetime),
    ]),
    ...runs.flatMap(({ step, input }) => {
      const args = step.args(input);
      return [step.name, args.length, ...args];
    }),
  ],
  reply: (raw) => (typeof raw === 'number' ? flag(raw) : text(raw)),
  isOutput: either(isFlag, isText),
  embedded(transaction, keys, { replacements, runs }) {
    const isExpected = ({ expected }: Replacement, position: number): boolean =>
      transaction.get(keys[position] ?? '') === expected;
    if (!replacements.every(isExpected)) return false;
    const writes: (() => void)[] = [];
    for (const [position, { step, key, input }] of runs.entries()) {
      const outcome = step.embedded(transaction, key, input);
      if (typeof outcome === 'string') return `${position} ${outcome}`;
      writes.push(outcome);
    }
    for (const [position, { expected, next, lifetime }] of replacements.entries()) {
      const key = keys[position] ?? '';
      if (next === undefined) {
        if (expected !== undefined) transaction.delete(key);
      } else if (next !== expected || lifetime !== 'keep') transaction.put(key, next, lifetime);
    }
    for (const write of writes) write();
    return true;
  },
};
