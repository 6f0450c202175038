// What other programs wrote into the keys of a queue: it fails the job that it concerns, and nothing else.
import assert from 'node:assert/strict';
import type { SharedStore } from '@muster/store';
import { isNothing, type Procedure } from '@muster/store/procedures';
import { listQueues } from '../list-queues.js';
import { resolveQueue } from '../options/queue-options.js';
import { addName, NAMES, removeName } from '../procedures/names.js';
import { QueueHome } from '../queue-home.js';
import { listSchedules } from '../schedule/listing.js';
import { KIND, RECORD } from '../schedule/procedures.js';
import { createSchedule } from '../schedule/shared-schedule.js';
import { KEYS, NUMBERS } from '../state/meta.js';
import type { State } from '../state/record.js';
import { type Case, eventually, refuses } from './case.js';

const JUNK = ['junk', '{"a":1}', 'w 1 2 3\n\n\n1', 'q 0 1 1 1 0 0 3 0 - 1 0 0 0 0\n\n\n1'];

/** Puts members into an index that no queue wrote. */
const addMembers: Procedure<{ readonly state: State; readonly members: readonly string[] }, void> =
  {
    name: 'test-add-members',
    access: 'write',
    lua: `for at = 2, #ARGV do redis.call('ZADD', KEYS[1] .. ':' .. ARGV[1], 0, ARGV[at]) end return 1`,
    args: ({ state, members }) => [state, ...members],
    reply: () => {},
    isOutput: isNothing,
    embedded(transaction, [base = ''], { state, members }) {
      for (const member of members) transaction.put(`${base}:${state}${member}`, '1', 'never');
    },
  };

const dropIndex: Procedure<State, void> = {
  name: 'test-drop-index',
  access: 'write',
  lua: `redis.call('DEL', KEYS[1] .. ':' .. ARGV[1]) return 1`,
  args: (state) => [state],
  reply: () => {},
  isOutput: isNothing,
  embedded(transaction, [base = ''], state) {
    const range = { reverse: false, offset: 0, limit: Infinity };
    const keys = transaction.keys(`${base}:${state}`, `${base}:${state}\u{10ffff}`, range);
    for (const key of keys) transaction.delete(key);
  },
};

const homeOf = (store: SharedStore, name: string, kind?: string) =>
  new QueueHome(resolveQueue({ store, name }, kind));

export const mending: Readonly<Record<string, Case>> = {
  'a record that no queue wrote fails its job, and the others run': async ({ queue, store }) => {
    for (const junk of JUNK) {
      const mail = queue<number>();
      const home = homeOf(store, mail.name);
      const ran: string[] = [];
      await mail.addMany(['a', 'b', 'c'].map((id, data) => ({ id, data })));
      await mail.add(1, { id: 'child', after: ['b'] });
      await home.texts.set(`${home.base}${KEYS.job}b`, junk, 'never');
      await refuses(mail.get('b'), 'MUSTER_CORRUPT_VALUE');
      await refuses(mail.wait('b'), 'MUSTER_CORRUPT_VALUE');
      const codes = (await mail.waiting()).map(({ error }) => error?.code);
      assert.deepEqual(codes, [undefined, 'MUSTER_CORRUPT_VALUE', undefined]);
      const worker = mail.work(({ id }) => void ran.push(id));
      await Promise.all([mail.wait('a'), mail.wait('c')]);
      await eventually(async () => (await mail.failed()).length === 1);
      const [failed] = await mail.failed();
      assert.deepEqual([failed?.id, failed?.error?.code], ['b', 'MUSTER_CORRUPT_VALUE']);
      await refuses(mail.wait('b'), 'MUSTER_JOB_FAILED');
      assert.equal(await mail.remove('b'), true);
      await refuses(mail.wait('child'), 'MUSTER_JOB_FAILED');
      await worker.close();
      assert.deepEqual(ran, ['a', 'c']);
    }
  },

  'a record that no queue wrote fails a blocked job when it is reached, or is removed': async ({
    queue,
    store,
  }) => {
    for (const junk of JUNK) {
      const mail = queue<number>();
      const home = homeOf(store, mail.name);
      await mail.add(1, { id: 'a' });
      await mail.addMany(['b', 'c', 'd'].map((id, data) => ({ id, data, after: ['a'] })));
      const spoil = (id: string) => home.texts.set(home.base + KEYS.job + id, junk, 'never');
      await spoil('c');
      assert.equal(await mail.remove('c'), true);
      assert.deepEqual([(await mail.counts()).blocked, await mail.get('c')], [2, undefined]);
      await spoil('b');
      mail.work(() => {});
      await Promise.all([mail.wait('a'), mail.wait('d')]);
      await refuses(mail.wait('b'), 'MUSTER_JOB_FAILED');
      const [failed] = await mail.failed();
      assert.deepEqual([failed?.id, failed?.error?.code], ['b', 'MUSTER_CORRUPT_VALUE']);
      assert.equal((await mail.counts()).blocked, 0);
      assert.equal(await mail.remove('b'), true);
    }
  },

  'a list of who waits that no queue wrote fails those, and no others': async ({
    queue,
    store,
  }) => {
    for (const junk of ['junk', '', '3:abc', '-9:x', '9'.repeat(400)]) {
      const mail = queue<number>();
      const home = homeOf(store, mail.name);
      await mail.addMany(['a', 'other'].map((id, data) => ({ id, data })));
      await mail.add(1, { id: 'b', after: ['a'] });
      await mail.add(1, { id: 'both', after: ['a', 'other'] });
      await mail.add(1, { id: 'child', after: ['b'] });
      await mail.add(1, { id: 'fine', after: ['other'] });
      await home.texts.set(`${home.base}${KEYS.dependents}a`, junk, 'never');
      mail.work(() => {});
      await Promise.all(['a', 'other', 'fine'].map((id) => mail.wait(id)));
      await refuses(mail.wait('b'), 'MUSTER_JOB_FAILED');
      await refuses(mail.wait('both'), 'MUSTER_JOB_FAILED');
      const codes = (await mail.failed()).map(({ error }) => error?.code);
      assert.deepEqual(codes, ['MUSTER_CORRUPT_VALUE', 'MUSTER_CORRUPT_VALUE']);
      await mail.retry('b');
      await mail.wait('child');
    }
  },

  'jobs that an index has lost are put back': async ({ queue, store }) => {
    const mail = queue<number>();
    const home = homeOf(store, mail.name);
    await mail.addMany(['a', 'b', 'c'].map((id, data) => ({ id, data })));
    await mail.add(1, { id: 'd', after: ['a'] });
    for (const state of ['w', 'b'] as const) await home.run(dropIndex, state);
    mail.work(() => {});
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => mail.wait(id)));
    const { waiting, blocked, done } = await mail.counts();
    assert.deepEqual([waiting, blocked, done], [0, 0, 4]);
  },

  'data that cannot be read fails its job, and hides no other one': async ({ queue, store }) => {
    const mail = queue<number>({ attempts: 1 });
    const home = homeOf(store, mail.name);
    await mail.addMany(['a', 'b'].map((id, data) => ({ id, data })));
    const key = `${home.base}${KEYS.job}a`;
    await home.texts.set(key, `${(await home.texts.get(key))?.slice(0, -1)}?`, 'never');
    await refuses(mail.get('a'), 'MUSTER_CORRUPT_VALUE');
    const codes = (await mail.waiting()).map(({ error }) => error?.code);
    assert.deepEqual(codes, ['MUSTER_CORRUPT_VALUE', undefined]);
    mail.work(({ data }) => data);
    assert.equal(await mail.wait('b'), 1);
    await refuses(mail.wait('a'), 'MUSTER_JOB_FAILED');
    assert.equal((await mail.failed())[0]?.error?.code, 'MUSTER_CORRUPT_VALUE');
  },

  'numbers that no queue wrote are counted anew': async ({ queue, store }) => {
    const mail = queue<number>();
    const home = homeOf(store, mail.name);
    const tokens: number[] = [];
    const worker = mail.work(({ token }) => void tokens.push(token), { concurrency: 1 });
    await mail.wait((await mail.add(0)).id);
    await mail.add(1, { id: 'late', delayMs: 3_600_000 });
    for (const junk of ['junk', '1 2 3', `${'1 '.repeat(12)}x`, 'a'.repeat(2_000)]) {
      await home.texts.set(home.base, junk, 'never');
      const { delayed, waiting } = await mail.counts();
      assert.deepEqual([waiting, delayed], [0, 1]);
      await mail.wait((await mail.add(1)).id);
    }
    await worker.close();
    assert.deepEqual(
      tokens,
      tokens.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(tokens).size, 5);
  },

  'a member of an index that no queue wrote costs nothing': async ({ queue, store }) => {
    const mail = queue<number>();
    const home = homeOf(store, mail.name);
    await mail.pause();
    await mail.add(1, { id: 'a', delayMs: 1 });
    const digits = '0'.repeat(35);
    // The last one is of a job that is somewhere else.
    const members = ['!', '', 'zzz', digits, `${digits}nobody`, `${digits}a`].filter(Boolean);
    for (const state of ['w', 'd', 'b', 'l', 'c', 'f'] as const) {
      await home.run(addMembers, { state, members });
    }
    let runs = 0;
    mail.work(() => void runs++, { concurrency: 3 });
    await mail.resume();
    await mail.wait('a');
    await mail.wait((await mail.add(1)).id);
    assert.equal(runs, 2);
    await mail.failed();
    await mail.clear();
    const { isPaused, ...numbers } = await mail.counts();
    assert.deepEqual([isPaused, ...new Set(Object.values(numbers))], [false, 0]);
  },

  'clear() mends what no worker could': async ({ queue, store }) => {
    const mail = queue<number>();
    const home = homeOf(store, mail.name);
    await mail.addMany(['a', 'b', 'c'].map((id, data) => ({ id, data })));
    await mail.add(1, { id: 'child', after: ['a'] });
    const zeros = NUMBERS.map(() => 0).join(' ');
    // All numbers are 0, one job is in no index, and one that was not added has a record.
    await home.texts.set(`${home.base}${KEYS.job}a`, 'junk', 'never');
    await home.texts.set(`${home.base}${KEYS.job}stray`, 'junk', 'never');
    await home.texts.set(`${home.base}${KEYS.dependents}a`, '-9:x', 'never');
    await home.texts.set(`${home.base}${KEYS.dependents}d`, '1', 'never');
    await home.texts.set(home.base, zeros, 'never');
    await mail.clear();
    const { isPaused, ...numbers } = await mail.counts();
    assert.deepEqual([isPaused, ...new Set(Object.values(numbers))], [false, 0]);
    for (const id of ['a', 'stray', 'child']) assert.equal(await mail.get(id), undefined);
    // Its id is free, and what was left of its dependents is forgotten.
    const ran: string[] = [];
    await mail.add(1, { id: 'd' });
    await mail.add(1, { id: 'e', after: ['d'] });
    mail.work(({ id }) => void ran.push(id));
    await mail.wait('e');
    assert.deepEqual(ran, ['d', 'e']);
  },

  'a schedule whose record no schedule wrote declares itself anew': async ({ store, unique }) => {
    const name = unique();
    const home = homeOf(store, name, KIND);
    let runs = 0;
    await using often = createSchedule({ store, name, everyMs: 100, overlap: true }, () => {
      runs++;
    });
    for (const junk of ['junk', '1 2 3 4 5\njunk', 'x y z 0 1\n{}']) {
      const before = runs;
      await eventually(() => runs > before);
      await home.texts.set(home.base + RECORD, junk, 'never');
      await listSchedules(store);
      await eventually(async () => (await often.next()) !== undefined);
    }
    const before = runs;
    await eventually(() => runs > before);
  },

  'a queue that is in use is listed again after the store was emptied': async ({
    store,
    unique,
  }) => {
    const name = unique();
    const home = new QueueHome(resolveQueue({ store, name }), 0);
    const isListed = async () => (await listQueues(store)).some((it) => it.name === name);
    await home.enroll();
    assert.ok(await isListed());
    await home.texts.run(removeName, [NAMES], home.base);
    assert.ok(!(await isListed()));
    await home.enroll();
    assert.ok(await isListed());
  },

  'names that no queue wrote are not listed': async ({ store, unique }) => {
    const { texts } = homeOf(store, unique(), KIND);
    const junk = ['%', '{%}', '{', 'x', '{a b}'];
    for (const name of junk) await texts.run(addName, [NAMES], name);
    const names = (await listSchedules(store)).map(({ name }) => name);
    assert.ok(!names.includes('a b') && !names.includes(''));
    for (const name of junk) await texts.run(removeName, [NAMES], name);
  },
};
