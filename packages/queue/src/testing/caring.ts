// Calls that look at a queue, and calls that change it.
import assert from 'node:assert/strict';
import { listQueues } from '../list-queues.js';
import type { QueueEvent } from '../queue.js';
import { type Case, eventually, gate, refuses } from './case.js';

const count = <Item>(items: readonly Item[], is: (item: Item) => boolean): number =>
  items.filter(is).length;

export const caring: Readonly<Record<string, Case>> = {
  'nothing is taken while it is paused': async ({ queue, another }) => {
    const mail = queue<number>();
    const other = await another(mail);
    await other.pause();
    assert.equal((await mail.counts()).isPaused, true);
    const ran: number[] = [];
    mail.work(({ data }) => void ran.push(data));
    await mail.add(1);
    await mail.add(2, { delayMs: 1 });
    assert.equal(ran.length, 0);
    await other.resume();
    await mail.drain();
    assert.equal(ran.length, 2);
  },

  'what failed can be retried, with all of its attempts': async ({ queue }) => {
    const mail = queue<string>({ attempts: 2, backoff: { delayMs: 0 } });
    let isBroken = true;
    const attempts: number[] = [];
    mail.work(({ attempt }) => {
      attempts.push(attempt);
      if (isBroken) throw new Error('broken');
    });
    await mail.add('x', { id: 'a' });
    await refuses(mail.wait('a'), 'MUSTER_JOB_FAILED');
    assert.equal(await mail.retry('nobody'), false);
    isBroken = false;
    assert.equal(await mail.retry('a'), true);
    await mail.wait('a');
    assert.deepEqual(attempts, [1, 2, 1]);
    assert.equal(await mail.retry('a'), false);
  },

  'what is delayed can be run now': async ({ queue }) => {
    const mail = queue<string>();
    mail.work(() => {});
    await mail.add('x', { id: 'a', delayMs: 3_600_000 });
    assert.equal(await mail.retry('a'), true);
    await mail.wait('a');
  },

  'a job is removed, but not while it runs': async ({ queue }) => {
    const mail = queue<string>();
    await mail.add('x', { id: 'a' });
    const gone = refuses(mail.wait('a'), 'MUSTER_JOB_NOT_FOUND');
    assert.equal(await mail.remove('a'), true);
    await gone;
    assert.equal(await mail.remove('a'), false);
    const { opened, open } = gate();
    const worker = mail.work(() => opened);
    await mail.add('x', { id: 'b' });
    await eventually(() => worker.running === 1);
    assert.equal(await mail.remove('b'), false);
    open();
    await mail.wait('b');
    assert.equal(await mail.remove('b'), true);
    assert.deepEqual(await mail.counts(), {
      ...{ waiting: 0, delayed: 0, blocked: 0, running: 0, done: 0, failed: 0 },
      ...{ bytes: 0, oldestMs: 0, isPaused: false },
    });
  },

  'all that does not run is cleared': async ({ queue }) => {
    const mail = queue<number>();
    await mail.addMany(Array.from({ length: 30 }, (_, data) => ({ data, id: `${data}` })));
    await mail.add(1, { delayMs: 3_600_000, after: ['3'] });
    await mail.add(1, { delayMs: 3_600_000 });
    assert.equal(await mail.clear(), 32);
    const { waiting, delayed, blocked, bytes } = await mail.counts();
    assert.deepEqual([waiting, delayed, blocked, bytes], [0, 0, 0, 0]);
    // Ids that were to stay taken are free.
    const worker = mail.work(() => {});
    await mail.add(1, { id: 'once', dedupeMs: 3_600_000 });
    await mail.wait('once');
    assert.equal((await mail.add(2, { id: 'once' })).isNew, false);
    await mail.clear();
    assert.equal((await mail.add(3, { id: 'once' })).isNew, true);
    await worker.close();
  },

  'a job waits for others': async ({ queue }) => {
    const mail = queue<string>();
    const ran: string[] = [];
    await mail.addMany([
      { data: 'one', id: 'one' },
      { data: 'two', id: 'two', delayMs: 50 },
      { data: 'parent', id: 'parent', after: ['one', 'two', 'nobody'] },
      { data: 'child', id: 'child', after: ['parent', 'one'], priority: 9 },
    ]);
    mail.work(({ data }) => void ran.push(data), { concurrency: 4 });
    await mail.wait('child');
    assert.deepEqual(ran, ['one', 'two', 'parent', 'child']);
  },

  'a job waits for the retry of one that failed, and fails with one that is removed': async ({
    queue,
  }) => {
    const mail = queue<string>({ attempts: 1 });
    let isBroken = true;
    mail.work(({ id }) => {
      if (isBroken && id === 'first') throw new Error('broken');
    });
    await mail.add('x', { id: 'first' });
    await mail.add('x', { id: 'second', after: ['first'] });
    await refuses(mail.wait('first'), 'MUSTER_JOB_FAILED');
    assert.equal((await mail.get('second'))?.state, 'blocked');
    isBroken = false;
    await mail.retry('first');
    await mail.wait('second');
    await mail.pause();
    await mail.add('x', { id: 'third' });
    await mail.add('x', { id: 'fourth', after: ['third'] });
    await mail.remove('third');
    await refuses(mail.wait('fourth'), 'MUSTER_JOB_FAILED');
    assert.equal((await mail.get('fourth'))?.error?.code, 'MUSTER_JOB_ORPHANED');
  },

  'a job fails with one that failed and is dropped, and so do those that wait for it': async ({
    queue,
  }) => {
    for (const count of [0, 1]) {
      const mail = queue<string>({ attempts: 1, keepFailed: { count } });
      mail.work(({ id }) => {
        if (id === 'first' || id === 'other') throw new Error('broken');
      });
      await mail.pause();
      await mail.add('x', { id: 'first' });
      await mail.add('x', { id: 'second', after: ['first'] });
      if (count === 0) await mail.add('x', { id: 'third', after: ['second'] });
      // It takes the place of the first one where one is kept.
      await mail.add('x', { id: 'other', priority: -1 });
      const ids = count === 0 ? ['first', 'second', 'third'] : ['first', 'second'];
      const ends = ids.map((id) => refuses(mail.wait(id), 'MUSTER_JOB_FAILED'));
      await mail.resume();
      await Promise.all(ends);
      await eventually(async () => (await mail.counts()).failed <= count);
      assert.equal((await mail.counts()).blocked, 0);
    }
  },

  'a job that was removed and added again waits for others': async ({ queue }) => {
    const mail = queue<string>();
    const ran: string[] = [];
    await mail.addMany([
      { data: 'x', id: 'first', priority: 1 },
      { data: 'x', id: 'second' },
      { data: 'x', id: 'child', after: ['first'], priority: 1 },
    ]);
    await mail.remove('child');
    await mail.add('x', { id: 'child', after: ['second'], priority: 1 });
    mail.work(({ id }) => void ran.push(id));
    await mail.wait('child');
    assert.deepEqual(ran, ['first', 'second', 'child']);
  },

  'queues are listed with their counts, and how long the oldest job has waited': async ({
    queue,
    store,
  }) => {
    const mail = queue<number>();
    await mail.add(1, { id: 'first', priority: -5 });
    await eventually(async () => (await mail.counts()).oldestMs > 0);
    const before = (await mail.counts()).oldestMs;
    // The oldest one is not the one that is taken first.
    await mail.addMany([
      { data: 2, priority: 5 },
      { data: 3, delayMs: 3_600_000 },
    ]);
    const of = async () => (await listQueues(store)).find(({ name }) => name === mail.name);
    await eventually(async () => (await of()) !== undefined);
    const found = await of();
    assert.ok((found?.oldestMs ?? 0) >= before);
    assert.deepEqual([found?.waiting, found?.delayed, found?.isPaused], [2, 1, false]);
    await mail.clear();
    assert.equal((await of())?.oldestMs, 0);
  },

  'progress is kept with the job': async ({ queue }) => {
    const mail = queue<string>();
    let told: unknown;
    mail.work(async (job) => {
      await job.progress({ percent: 50 });
      told = (await mail.get(job.id))?.progress;
    });
    await mail.wait((await mail.add('x')).id);
    assert.deepEqual(told, { percent: 50 });
  },

  'all that happens is told, in its order, in every process': async ({ queue, another }) => {
    const mail = queue<string>({ attempts: 2, backoff: { delayMs: 0 } });
    const other = await another(mail);
    const events: QueueEvent[] = [];
    const unlisten = await other.listen((event) => void events.push(event));
    mail.work(async (job) => {
      await job.progress(1);
      if (job.data === 'bad') throw new Error('bad');
    });
    await mail.add('good', { id: 'good' });
    await mail.wait('good');
    await mail.add('bad', { id: 'bad' });
    await refuses(mail.wait('bad'), 'MUSTER_JOB_FAILED');
    await mail.remove('bad');
    await eventually(() => events.at(-1)?.type === 'removed');
    const of = (id: string) =>
      events.flatMap((it) => (it.type !== 'gap' && it.id === id ? it.type : []));
    assert.deepEqual(of('good'), ['added', 'started', 'progress', 'done']);
    assert.deepEqual(of('bad'), [
      ...['added', 'started', 'progress', 'retrying'],
      ...['started', 'progress', 'failed', 'removed'],
    ]);
    assert.equal(
      count(events, ({ type }) => type === 'gap'),
      0,
    );
    unlisten();
  },

  'who waits stops waiting when asked to, or when the queue is closed': async ({ queue }) => {
    const mail = queue<string>();
    const { id } = await mail.add('x');
    const reason = new Error('enough');
    await assert.rejects(mail.wait(id, { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    const waiting = assert.rejects(mail.wait(id, { signal: controller.signal }), reason);
    controller.abort(reason);
    await waiting;
    const closed = refuses(mail.drain(), 'MUSTER_QUEUE_CLOSED');
    await mail.close();
    await closed;
    await refuses(mail.add('x'), 'MUSTER_QUEUE_CLOSED');
  },
};
