// Jobs that are added in a transaction of the store. Keys have the name of the queue as their hash tag, as a Redis Cluster wants it.
import assert from 'node:assert/strict';
import { type Case, refuses } from './case.js';

const codeOf = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

export const joining: Readonly<Record<string, Case>> = {
  'a job is there once the transaction is, and wakes an idle worker': async ({ queue, store }) => {
    const mail = queue<number, number>();
    const key = `order{${mail.name}}`;
    mail.work(({ data }) => data * 2);
    await mail.wait((await mail.add(1)).id);
    let id = '';
    const output = await store.transaction([key], async (_, transaction) => {
      id = mail.addIn(transaction, 21, { priority: 3 });
      assert.equal(await mail.get(id), undefined);
      return ['paid'];
    });
    assert.deepEqual(output, ['paid']);
    assert.equal(await mail.wait(id), 42);
    assert.equal((await mail.get(id))?.priority, 3);
    assert.equal(await store.get(key), 'paid');
  },

  'there is none if the transaction throws, changes nothing, or cannot be stored': async ({
    queue,
    store,
  }) => {
    const mail = queue<string>();
    const key = `order{${mail.name}}`;
    const reason = new Error('mine');
    const ends = [
      () => {
        throw reason;
      },
      () => undefined,
      () => [() => {}],
    ];
    const calls = ends.map((end) =>
      store.transaction([key], (_, transaction) => {
        mail.addIn(transaction, 'x');
        return end();
      }),
    );
    const [first, second, third] = await Promise.allSettled(calls);
    assert.equal((first as PromiseRejectedResult).reason, reason);
    assert.deepEqual(second, { status: 'fulfilled', value: undefined });
    assert.equal((third as PromiseRejectedResult).reason.code, 'MUSTER_UNSUPPORTED_VALUE');
    assert.equal((await mail.counts()).waiting, 0);
    assert.equal(await store.has(key), false);
  },

  'a conflict runs the function again, and the jobs of the first run are dropped': async ({
    queue,
    store,
    open,
  }) => {
    const mail = queue<number>();
    const key = `order{${mail.name}}`;
    const other = await open();
    const runs: number[] = [];
    await store.transaction([key], async ([current = 0], transaction) => {
      runs.push(current as number);
      if (runs.length === 1) await other.set(key, 5);
      mail.addIn(transaction, current as number);
      return [(current as number) + 1];
    });
    assert.deepEqual(runs, [0, 5]);
    assert.equal(await store.get(key), 6);
    assert.deepEqual(
      (await mail.waiting()).map(({ data }) => data),
      [5],
    );
  },

  'many at once lose no job, and double none': async ({ queue, another, store, open }) => {
    const mail = queue<number>();
    const second = await another(mail);
    const key = `order{${mail.name}}`;
    const other = await open();
    // The queue that another() made belongs to a store of its own.
    assert.equal(
      await other
        .transaction([key], (_, transaction) => [second.addIn(transaction, 0)])
        .catch(({ code }) => code),
      'MUSTER_INVALID_OPTION',
    );
    const { createQueue } = await import('../shared-queue.js');
    const sides = [
      { store, mail },
      { store: other, mail: createQueue<number>({ store: other, name: mail.name }) },
    ];
    // One after the other on each side: then a busy machine has its time for each.
    const moves = sides.map(async (side) => {
      for (let n = 0; n < 10; n++) {
        await side.store.transaction<number>([key], async ([count = 0], transaction) => {
          if (n % 3 === 0) await null;
          side.mail.addIn(transaction, count);
          return [count + 1];
        });
      }
    });
    await Promise.all(moves);
    const jobs = (await mail.waiting()).map(({ data }) => data);
    assert.deepEqual(
      jobs.sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, n) => n),
    );
    assert.equal(await store.get(key), 20);
  },

  'a full queue refuses the transaction, and nothing is changed': async ({ queue, store }) => {
    const small = queue<string>({ maxJobs: 2, maxBytes: 100 });
    const key = `order{${small.name}}`;
    const add = (...data: string[]) =>
      store.transaction([key], (_, transaction) => {
        for (const it of data) small.addIn(transaction, it);
        return [data.length];
      });
    await refuses(add('a', 'b', 'c'), 'MUSTER_QUEUE_FULL');
    await refuses(add('x'.repeat(100)), 'MUSTER_QUEUE_FULL');
    assert.equal(await store.has(key), false);
    assert.equal((await small.counts()).waiting, 0);
    await add('a', 'b');
    assert.equal((await small.counts()).waiting, 2);
  },

  'jobs of two queues come both or not at all; a Cluster refuses two slots': async ({
    queue,
    store,
  }) => {
    const [mail, small] = [queue<string>(), queue<string>({ maxJobs: 1 })];
    const key = `order{${mail.name}}`;
    const add = (count: number) =>
      store.transaction([key], (_, transaction) => {
        mail.addIn(transaction, 'a');
        for (let n = 0; n < count; n++) small.addIn(transaction, 'b');
        return [count];
      });
    const code = await add(2).catch((error) => error.code);
    assert.equal((await mail.counts()).waiting + (await small.counts()).waiting, 0);
    assert.equal(await store.has(key), false);
    if (code === 'MUSTER_INVALID_OPTION') return;
    assert.equal(code, 'MUSTER_QUEUE_FULL');
    await add(1);
    assert.deepEqual([(await mail.counts()).waiting, (await small.counts()).waiting], [1, 1]);
  },

  'an id is added once, and not while another job has it': async ({ queue, store }) => {
    const mail = queue<number>();
    const key = `order{${mail.name}}`;
    await mail.add(1, { id: 'a' });
    await store.transaction([key], (_, transaction) => {
      assert.equal(mail.addIn(transaction, 2, { id: 'a' }), 'a');
      mail.addIn(transaction, 3, { id: 'b' });
      mail.addIn(transaction, 4, { id: 'b' });
      mail.addIn(transaction, 5, { id: 'c', after: ['b'], delayMs: 3_600_000 });
      return [1];
    });
    const jobs = await Promise.all(['a', 'b', 'c'].map((id) => mail.get(id)));
    assert.deepEqual(
      jobs.map((job) => [job?.data, job?.state]),
      [
        [1, 'waiting'],
        [3, 'waiting'],
        [5, 'blocked'],
      ],
    );
  },

  'what is no transaction, or is over, is refused at once': async ({ queue, store }) => {
    const mail = queue<unknown>();
    const key = `order{${mail.name}}`;
    let handle: Parameters<typeof mail.addIn>[0] | undefined;
    await store.transaction([key], (_, transaction) => {
      handle = transaction;
      assert.equal(
        codeOf(() => mail.addIn(transaction, () => {})),
        'MUSTER_UNSUPPORTED_VALUE',
      );
      assert.equal(
        codeOf(() => mail.addIn(transaction, 1, { delay: 1 } as never)),
        'MUSTER_INVALID_OPTION',
      );
      return [1];
    });
    for (const wrong of [handle, store, undefined, null, {}] as never[]) {
      assert.equal(
        codeOf(() => mail.addIn(wrong, 1)),
        'MUSTER_INVALID_OPTION',
      );
    }
    assert.equal(handle?.isOver, true);
    assert.equal((await mail.counts()).waiting, 0);
  },
};
