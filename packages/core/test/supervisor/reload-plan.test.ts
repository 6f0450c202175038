import { describe, expect, it } from 'vitest';
import {
  exitedEarly,
  mayOverlap,
  planReload,
  planRollback,
  quarterOf,
} from '../../dist/supervisor/reload/reload-plan.js';

describe('the plan of a reload', () => {
  it.each([
    { slots: [], parallel: 1, batches: [] },
    { slots: [0], parallel: 4, batches: [[0]] },
    { slots: [0, 1, 2], parallel: 1, batches: [[0], [1], [2]] },
    { slots: [0, 1, 2, 3, 4], parallel: 3, batches: [[0], [1, 2, 3], [4]] },
    { slots: [2, 5, 7], parallel: 9, batches: [[2], [5, 7]] },
  ])('of $slots, $parallel at a time, is $batches', ({ slots, parallel, batches }) => {
    expect(planReload<number>(slots, parallel)).toEqual(batches);
  });

  it('goes back only to code that is a file of its own, and still there', () => {
    const at = (folder: string) => ({ file: `${folder}/app.js` });
    const there = { slot: 0, before: at('/releases/1'), now: at('/releases/2') };
    const gone = { slot: 1, before: at('/releases/0'), now: at('/releases/2') };
    const same = { slot: 2, before: at(''), now: at('') };
    const exists = (file: string) => file !== gone.before.file;
    expect(planRollback([there, gone, same], exists)).toEqual({
      back: [there],
      keep: [gone, same],
    });
  });

  it.each([
    { livedMs: 1_999, planned: false, young: true },
    { livedMs: 2_000, planned: false, young: false },
    { livedMs: 10, planned: true, young: false },
  ])('calls who lived $livedMs ms (planned: $planned) dead young: $young', (end) => {
    expect(exitedEarly(end.livedMs, end.planned, 2_000)).toBe(end.young);
  });
});

describe('how much of a reload is done at once', () => {
  it.each([
    [1, 1],
    [3, 1],
    [4, 1],
    [5, 2],
    [16, 4],
    [17, 5],
  ])('of %d workers: %d', (workers, parallel) => {
    expect(quarterOf(workers)).toBe(parallel);
  });

  it.each([
    { leaving: 0, incoming: 4, workerBytes: undefined, availableBytes: 0, may: true },
    { leaving: 1, incoming: 4, workerBytes: undefined, availableBytes: 1e12, may: false },
    { leaving: 4, incoming: 4, workerBytes: 100, availableBytes: 800, may: true },
    { leaving: 1, incoming: 4, workerBytes: 100, availableBytes: 799, may: false },
  ])(
    '$incoming more while $leaving leave, $workerBytes bytes each, of $availableBytes: $may',
    (given) => {
      const { leaving, incoming, workerBytes, availableBytes, may } = given;
      expect(mayOverlap(leaving, incoming, workerBytes, availableBytes)).toBe(may);
    },
  );
});
