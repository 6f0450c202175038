// Histories of a queue, all of the short ones and long ones by chance, on every engine: each answer is what the model gives.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore } from '@muster/store';
import fc from 'fast-check';
import { nanoid } from 'nanoid';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { round } from '../../../test/chaos/rounds.js';
import { resolveQueue } from '../dist/options/queue-options.js';
import { addJobs } from '../dist/procedures/add-jobs.js';
import { clearJobs, pauseQueue, removeJob, retryJob } from '../dist/procedures/change-queue.js';
import { evictJobs } from '../dist/procedures/hold-jobs.js';
import { listJobs } from '../dist/procedures/look.js';
import { lookAtQueue } from '../dist/procedures/look-at-queue.js';
import { takeJobs } from '../dist/procedures/take-jobs.js';
import { QueueHome } from '../dist/queue-home.js';
import { KEYS } from '../dist/state/meta.js';
import { parseJob, type State } from '../dist/state/record.js';
import { MAX_ATTEMPTS, MAX_JOBS, type Op, QueueModel } from './queue-model.js';

const runs = round({ short: 30, full: 300 });
const LATE_MS = 1e9;
const LETTERS = {
  waiting: 'w',
  delayed: 'd',
  blocked: 'b',
  running: 'l',
  done: 'c',
  failed: 'f',
} as const;

async function run(home: QueueHome, op: Op, model: QueueModel): Promise<unknown> {
  const turn = { ...home.turn, settlements: [], take: 0, owner: 'p/1', stalledOutcome: '"x"' };
  switch (op.op) {
    case 'add': {
      const job = { id: op.id, priority: op.priority, delayMs: op.isLate ? LATE_MS : 0, data: '1' };
      const rest = {
        maxAttempts: MAX_ATTEMPTS,
        dedupeMs: 0,
        bytes: 1,
        after: op.after,
        isFresh: false,
      };
      const groups = [[{ ...job, ...rest }]];
      return (await home.run(addJobs, { groups, maxJobs: MAX_JOBS, maxBytes: 1e9 }))[0];
    }
    case 'take': {
      const { jobs } = await home.run(takeJobs, { ...turn, take: op.count });
      return jobs.map(({ id, token, attempts }) => ({ id, token, attempts }));
    }
    case 'settle': {
      const { id, verdict } = op;
      const delayMs = op.isLate ? LATE_MS : 0;
      const settlement = { id, verdict, token: model.tokenOf(id), delayMs, outcome: '"o"' };
      return (await home.run(takeJobs, { ...turn, settlements: [settlement] })).settled[0];
    }
    case 'remove':
      return (await home.run(removeJob, { id: op.id, outcome: '"gone"' })) === 'removed';
    case 'retry':
      return home.run(retryJob, op.id);
    case 'evict':
      return home.run(evictJobs, { owner: 'p', isProcess: true, outcome: '"x"', except: [] });
    case 'clear':
      return home.run(clearJobs, { limit: 100, isFirst: false });
    default:
      return home.run(pauseQueue, op.op === 'pause');
  }
}

/** Throws where an answer, or what is there in the end, is not the model's. */
async function check(store: SharedStore, history: readonly Op[]): Promise<void> {
  const home = new QueueHome(resolveQueue({ store, name: nanoid(), leaseMs: 86_400_000 }));
  const model = new QueueModel();
  for (const op of history) {
    // The model is asked with the token from before.
    const answer = await run(home, op, model);
    const dues = new Map<string, number>();
    if ('id' in op) {
      const text = await home.texts.get(home.base + KEYS.job + op.id);
      if (text !== undefined) dues.set(op.id, parseJob(op.id, text).due);
    }
    expect(answer).toEqual(model.apply(op, (id) => dues.get(id) ?? 0));
  }
  const { meta } = await home.run(lookAtQueue, undefined);
  for (const [state, letter] of Object.entries(LETTERS) as [string, State][]) {
    const found = await home.run(listJobs, { state: letter, start: 0, limit: 100 });
    const jobs = [...model.jobs.values()].filter((job) => job.state === state);
    const wanted = state === 'waiting' ? model.waiting() : jobs;
    const ids = found.map(({ id }) => id);
    if (state === 'waiting') expect(ids).toEqual(wanted.map(({ id }) => id));
    else expect(ids.sort()).toEqual(wanted.map(({ id }) => id).sort());
    expect(meta[letter]).toBe(jobs.length);
  }
  const open = [...model.jobs.values()].filter(({ state }) => state !== 'done');
  expect(meta.bytes).toBe(open.length);
  // No history without other programs looks like damage.
  expect(meta.lost).toBe(0);
}

const id = fc.constantFrom('a', 'b', 'c', 'd');
const isLate = fc.boolean();
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ op: fc.constant('add' as const), id, isLate },
      ...{ priority: fc.integer({ min: -1, max: 1 }), after: fc.uniqueArray(id, { maxLength: 2 }) },
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('take' as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ op: fc.constant('settle' as const), id, isLate },
      verdict: fc.constantFrom(
        'done' as const,
        'failed' as const,
        'again' as const,
        'back' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constantFrom('remove' as const, 'retry' as const), id }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constantFrom('pause' as const, 'resume' as const, 'evict' as const, 'clear' as const),
    }),
  },
);

async function byChance(store: SharedStore, numRuns: number): Promise<void> {
  const history = fc.array(anyOp, { minLength: 5, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(history, (ops) => check(store, ops)),
    { numRuns },
  );
}

describe('a queue does what the model does', () => {
  it('in every short history', async () => {
    const add = { op: 'add', priority: 0, isLate: false, after: [] } as const;
    const settle = { op: 'settle', id: 'a', isLate: false } as const;
    const ops: readonly Op[] = [
      { ...add, id: 'a' },
      { ...add, id: 'b', priority: 1, after: ['a'] },
      { op: 'take', count: 1 },
      { ...settle, verdict: 'done' },
      { ...settle, verdict: 'again' },
      { op: 'remove', id: 'a' },
      { op: 'retry', id: 'a' },
      { op: 'evict' },
    ];
    let histories: Op[][] = [[]];
    for (let length = 0; length < 4; length++) {
      histories = histories.flatMap((history) => ops.map((op) => [...history, op]));
    }
    // What does not begin with a job has none until one is added.
    const some = histories.filter(([first]) => first?.op === 'add');
    await using store = createSharedStore({ url: 'memory:model' });
    for (const history of some) await check(store, history);
  });

  it('in long ones, in memory', async () => {
    await using store = createSharedStore({ url: 'memory:long' });
    await byChance(store, runs * 2);
  });

  it('in long ones, on the embedded engine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-queue-'));
    afterAll(() => rm(folder, { recursive: true }));
    await using store = createSharedStore({ url: `lmdb:${folder}` });
    await byChance(store, runs);
  });

  it('in long ones, on Redis', async () => {
    await using store = createSharedStore({ url: inject('redisUrl') });
    await byChance(store, runs);
  });
});
