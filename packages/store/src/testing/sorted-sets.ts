// sortedSet, alone and against a model.
import assert from 'node:assert/strict';
import type { RankRange, ScoredMember, ScoreRange } from '../store.js';
import { type Case, refuses } from './case.js';

const MOST = Number.MAX_VALUE;

export const sortedSets: Readonly<Record<string, Case>> = {
  'a set that is not there is empty': async ({ store, unique }) => {
    const set = store.sortedSet(unique());
    assert.equal(await set.count(), 0);
    assert.equal(await set.score('a'), undefined);
    assert.equal(await set.rank('a'), undefined);
    assert.equal(await set.remove('a'), false);
    assert.equal(await set.removeRange({ by: 'rank' }), 0);
    assert.deepEqual(await set.range({ by: 'score' }), []);
  },

  'members are in the order of their scores, then of their bytes': async ({ store, unique }) => {
    const set = store.sortedSet(unique());
    const scores = [0, -1, 1.5, -MOST, MOST, 5e-324, -5e-324, 1e21, -0.1, 2 ** 53];
    for (const score of scores) assert.equal(await set.add(`at ${score}`, score), true);
    const byBytes = ['a', 'ab', 'b', 'é', '\uFFFD', '\u{1F600}'];
    for (const member of byBytes.toReversed()) await set.add(member, 7);
    const sorted = [...scores.map((score) => ({ member: `at ${score}`, score }))];
    sorted.push(...byBytes.map((member) => ({ member, score: 7 })));
    sorted.sort((a, b) => a.score - b.score);
    assert.deepEqual(await set.range({ by: 'rank' }), sorted);
    assert.deepEqual(await set.range({ by: 'score', reverse: true }), sorted.toReversed());
    for (const [rank, { member, score }] of sorted.entries()) {
      assert.equal(await set.rank(member), rank, member);
      assert.equal(await set.rank(member, { reverse: true }), sorted.length - 1 - rank);
      assert.equal(await set.score(member), score);
    }
    assert.equal(await set.count(), sorted.length);
    assert.equal(await set.count({ min: 7, max: 7 }), byBytes.length);
    assert.equal(await set.removeRange({ by: 'rank' }), sorted.length);
  },

  'add moves a member, increment adds to its score': async ({ store, another, unique }) => {
    const name = unique();
    const [set, other] = [store.sortedSet(name), (await another()).sortedSet(name)];
    assert.equal(await set.add('a', 1), true);
    assert.equal(await other.add('a', 3), false);
    assert.equal(await set.increment('b'), 1);
    assert.equal(await set.increment('b', 0.5), 1.5);
    assert.equal(await set.increment('c', -2), -2);
    assert.equal(await set.increment('c', 2), 0);
    assert.deepEqual(await other.range({ by: 'rank' }), [
      { member: 'c', score: 0 },
      { member: 'b', score: 1.5 },
      { member: 'a', score: 3 },
    ]);
    await set.add('most', MOST);
    await refuses(set.increment('most', MOST), 'MUSTER_WRONG_TYPE');
    assert.equal(await set.score('most'), MOST);
    await set.add('zero', -0);
    assert.ok(Object.is(await set.score('zero'), 0));
    await set.removeRange({ by: 'rank' });
  },

  'of many that increment at once, none is lost': async ({ store, another, unique }) => {
    const name = unique();
    const sets = [store.sortedSet(name), (await another()).sortedSet(name)];
    const calls = Array.from({ length: 200 }, (_, n) => sets[n % 2]?.increment(`m${n % 3}`));
    assert.equal((await Promise.all(calls)).length, 200);
    const all = (await sets[0]?.range({ by: 'rank' })) ?? [];
    assert.equal(
      all.reduce((sum, { score }) => sum + score, 0),
      200,
    );
    assert.equal(await sets[1]?.count(), 3);
    await sets[0]?.removeRange({ by: 'rank' });
  },

  'ranges and what they remove are those of a sorted list': async ({ store, unique }) => {
    const set = store.sortedSet(unique());
    const model: ScoredMember[] = [];
    const fill = async () => {
      for (let n = model.length; n < 12; n++) {
        const score = (n * 7) % 5;
        const member = `m${n}`;
        if (model.some((one) => one.member === member)) continue;
        await set.add(member, score);
        model.push({ member, score });
      }
      model.sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1));
    };
    const ranges: (ScoreRange | RankRange)[] = [
      { by: 'score', min: 2 },
      { by: 'score', max: 1, limit: 2 },
      { by: 'score', min: 1, max: 3, reverse: true, limit: 3 },
      { by: 'score', min: 3, max: 1 },
      { by: 'score', min: 0.5, max: 0.6 },
      { by: 'rank', start: 2, limit: 3 },
      { by: 'rank', start: 1, limit: 2, reverse: true },
      { by: 'rank', start: 100 },
      // Where a count of 32 bits would begin anew.
      ...[2 ** 31, 2 ** 32, 2 ** 32 + 2, Number.MAX_SAFE_INTEGER].flatMap((much): RankRange[] => [
        { by: 'rank', start: much },
        { by: 'rank', start: much, limit: much, reverse: true },
      ]),
      { by: 'score', limit: 2 ** 32 + 1 },
      { by: 'rank', start: 10, limit: 2 ** 32 },
      { by: 'rank', reverse: true },
    ];
    for (const range of ranges) {
      await fill();
      const expected = expectedOf(model, range);
      assert.deepEqual(await set.range(range), expected, JSON.stringify(range));
      assert.equal(await set.removeRange(range), expected.length, JSON.stringify(range));
      for (const one of expected)
        model.splice(
          model.findIndex((m) => m.member === one.member),
          1,
        );
      assert.deepEqual(await set.range({ by: 'rank' }), model);
      assert.equal(await set.count(), model.length);
    }
  },

  'ranges of several shapes are removed in one turn': async ({ store, unique }) => {
    const sets = [unique(), unique()].map((name) => store.sortedSet(name));
    for (const set of sets) for (const score of [1, 2, 3]) await set.add(`m${score}`, score);
    const ranges: (ScoreRange | RankRange)[] = [
      { by: 'rank', limit: 1 },
      { by: 'score', min: 2, limit: 1 },
    ];
    const removed = await Promise.all(ranges.map((range, at) => sets[at]?.removeRange(range)));
    assert.deepEqual(removed, [1, 1]);
    const left = await Promise.all(sets.map((set) => set.range({ by: 'rank' })));
    const names = left.map((members) => members.map(({ member }) => member));
    assert.deepEqual(names, [
      ['m2', 'm3'],
      ['m1', 'm3'],
    ]);
  },

  'more than a page of members come and go': async ({ store, unique }) => {
    const set = store.sortedSet(unique());
    await Promise.all(Array.from({ length: 2_500 }, (_, n) => set.add(`m${n}`, n)));
    assert.equal((await set.range({ by: 'score' })).length, 2_500);
    assert.equal(await set.rank('m2000'), 2_000);
    assert.equal(await set.removeRange({ by: 'score', min: 100 }), 2_400);
    assert.equal(await set.count(), 100);
    await set.removeRange({ by: 'rank' });
  },

  'sets do not know each other, and no view sees them': async ({ store, view, unique }) => {
    const name = unique();
    const names = [name, `${name}:`, `${name}:m`, `${name}%`];
    for (const one of names) await store.sortedSet(one).add(one, 1);
    for (const one of names) {
      assert.deepEqual(await store.sortedSet(one).range({ by: 'rank' }), [
        { member: one, score: 1 },
      ]);
    }
    assert.equal(await view.count(), 0);
    for (const one of names) assert.equal(await store.sortedSet(one).remove(one), true);
  },

  'the longest member of the longest name': async ({ store, unique }) => {
    const set = store.sortedSet(unique().padEnd(128, ':'));
    const member = 'm'.repeat(1_024);
    await set.add(member, 1);
    assert.equal(await set.rank(member), 0);
    assert.deepEqual(await set.range({ by: 'rank' }), [{ member, score: 1 }]);
    await set.remove(member);
    assert.equal(await set.count(), 0);
  },

  'what is no member, no score and no range is refused': async ({ store, unique, another }) => {
    const set = store.sortedSet(unique());
    const INVALID = 'MUSTER_INVALID_OPTION';
    for (const score of [NaN, Infinity, '1', null, undefined] as never[]) {
      await refuses(set.add('a', score), INVALID);
    }
    for (const by of [NaN, -Infinity, '1'] as never[])
      await refuses(set.increment('a', by), INVALID);
    for (const member of ['', 'm'.repeat(1_025), 5] as never[]) {
      await refuses(set.add(member, 1), 'MUSTER_INVALID_KEY');
      await refuses(set.rank(member), 'MUSTER_INVALID_KEY');
    }
    const ranges = [
      undefined,
      {},
      { by: 'lex' },
      { by: 'score', start: 1 },
      { by: 'rank', min: 1 },
    ];
    const bad = [{ limit: 0 }, { limit: 1.5 }, { start: -1 }, { reverse: 1 }, { stop: 5 }];
    for (const range of [...ranges, ...bad.map((one) => ({ by: 'rank', ...one }))] as never[]) {
      await refuses(set.range(range), INVALID);
      await refuses(set.removeRange(range), INVALID);
    }
    await refuses(set.count({ min: NaN }), INVALID);
    assert.throws(() => store.sortedSet(''), { code: INVALID });
    assert.equal(await set.count(), 0);
    const closed = await another();
    const late = closed.sortedSet(unique());
    await closed.close();
    await refuses(late.add('a', 1), 'MUSTER_STORE_CLOSED');
  },
};

function expectedOf(model: readonly ScoredMember[], range: ScoreRange | RankRange): ScoredMember[] {
  const { min = -Infinity, max = Infinity } = range.by === 'score' ? range : {};
  const within = model.filter(({ score }) => score >= min && score <= max);
  if (range.reverse) within.reverse();
  const start = range.by === 'rank' ? (range.start ?? 0) : 0;
  return within.slice(start, start + (range.limit ?? Infinity));
}
