// A sorted set that all processes share.
import { shown } from '@muster/codec/options';
import { publishCalls } from '../api/public-calls.js';
import { checkFlag, checkGiven, checkOptions, OPTIONS } from '../api/strict-options.js';
import type { Procedure } from '../engine.js';
import type { Keyspace } from '../entries/keyspace.js';
import { InvalidOptionError, WrongTypeError } from '../errors.js';
import type { RankRange, ScoredMember, ScoreRange, SortedSet } from '../store.js';
import type { StoreContext } from '../store-context.js';
import type { Range } from './layout.js';
import { sortedCount, sortedRange, sortedRank, sortedScore } from './read.js';
import { sortedAdd, sortedIncrement, sortedRemove, sortedRemoveRange } from './write.js';

const CALLS = {
  add: { takes: 2 },
  increment: { takes: 2 },
  score: { takes: 1 },
  rank: { takes: 2 },
  range: { takes: 1, hint: "give { by: 'rank', start, limit } or { by: 'score', min, max }" },
  remove: { takes: 1 },
  removeRange: { takes: 1, hint: "give { by: 'rank', start, limit } or { by: 'score', min, max }" },
  count: { takes: 1, hint: 'give { min, max }' },
} as const;

export class SharedSortedSet implements SortedSet {
  static {
    publishCalls(SharedSortedSet.prototype, 'sortedSet.', CALLS, (set) => set.#context.kind);
  }

  readonly #context: StoreContext;
  readonly #keyspace: Keyspace;

  /** @param keyspace of this set alone. */
  constructor(context: StoreContext, keyspace: Keyspace) {
    this.#context = context;
    this.#keyspace = keyspace;
  }

  async add(member: string, score: number): Promise<boolean> {
    this.#keyspace.full(member);
    return this.#run(sortedAdd, { member, score: finite('score', score) });
  }

  async increment(member: string, by = 1): Promise<number> {
    this.#keyspace.full(member);
    const score = await this.#run(sortedIncrement, { member, score: finite('by', by) });
    if (score === undefined) {
      throw new WrongTypeError(
        member,
        `cannot be incremented by ${by}: its score would not be finite`,
      );
    }
    return score;
  }

  async score(member: string): Promise<number | undefined> {
    this.#keyspace.full(member);
    return this.#run(sortedScore, member);
  }

  async rank(
    member: string,
    options?: { reverse?: boolean | undefined },
  ): Promise<number | undefined> {
    this.#keyspace.full(member);
    checkOptions('rank()', options, OPTIONS.sortedRank);
    checkFlag('reverse', options?.reverse);
    return this.#run(sortedRank, { member, reverse: options?.reverse === true });
  }

  async range(range: ScoreRange | RankRange): Promise<ScoredMember[]> {
    return this.#run(sortedRange, rangeOf('range()', range));
  }

  async remove(member: string): Promise<boolean> {
    this.#keyspace.full(member);
    return this.#run(sortedRemove, member);
  }

  async removeRange(range: ScoreRange | RankRange): Promise<number> {
    return this.#run(sortedRemoveRange, rangeOf('removeRange()', range));
  }

  async count(scores?: { min?: number | undefined; max?: number | undefined }): Promise<number> {
    checkOptions('count()', scores, OPTIONS.sortedCount);
    return this.#run(sortedCount, boundsOf(scores ?? {}));
  }

  async #run<Input, Output>(procedure: Procedure<Input, Output>, input: Input): Promise<Output> {
    return this.#context.withEngine((engine) =>
      engine.run(procedure, [this.#keyspace.prefix], input),
    );
  }
}

/** @throws InvalidOptionError */
function finite(name: string, value: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new InvalidOptionError(`${name} is a finite number, and not ${shown(value)}`);
  }
  // 0 has no sign in a set.
  return value + 0;
}

const RANGES: Partial<Record<string, (typeof OPTIONS)[keyof typeof OPTIONS]>> = {
  rank: OPTIONS.rankRange,
  score: OPTIONS.scoreRange,
};

/** @throws InvalidOptionError */
function rangeOf(call: string, range: ScoreRange | RankRange): Range {
  checkGiven(call, range, RANGES[range?.by] ?? OPTIONS.range);
  const { by, reverse, limit = Infinity } = range;
  if (by !== 'score' && by !== 'rank') {
    throw new InvalidOptionError(`by is 'score' or 'rank', and not ${shown(by)}`);
  }
  checkFlag('reverse', reverse);
  if (limit !== Infinity && !(Number.isSafeInteger(limit) && limit >= 1)) {
    throw new InvalidOptionError(`limit is a whole number of at least 1, and not ${shown(limit)}`);
  }
  const { start = 0 } = by === 'rank' ? range : {};
  if (!Number.isSafeInteger(start) || start < 0) {
    throw new InvalidOptionError(`start is a whole number of at least 0, and not ${shown(start)}`);
  }
  const scores = boundsOf(by === 'score' ? range : {});
  return { by, ...scores, start, reverse: reverse === true, limit };
}

function boundsOf({ min = -Infinity, max = Infinity }: Omit<ScoreRange, 'by'>): {
  min: number;
  max: number;
} {
  for (const [name, value] of Object.entries({ min, max })) {
    if (typeof value === 'number' && !Number.isNaN(value)) continue;
    throw new InvalidOptionError(`${name} is a number, and not ${shown(value)}`);
  }
  return { min: min + 0, max: max + 0 };
}
