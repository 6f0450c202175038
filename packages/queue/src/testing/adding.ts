// Jobs that are added, and jobs that are refused.
import assert from 'node:assert/strict';
import { type Case, refuses } from './case.js';

export const adding: Readonly<Record<string, Case>> = {
  'a job is there once it was acknowledged, as it was given': async ({ queue, another }) => {
    const mail = queue<{ to: string; at: Date }>();
    const data = { to: 'ada@example.com\nλ', at: new Date(5) };
    const { id, isNew } = await mail.add(data, { priority: 3, attempts: 7 });
    assert.equal(isNew, true);
    const job = await (await another(mail)).get(id);
    assert.deepEqual(job?.data, data);
    assert.equal(job?.state, 'waiting');
    assert.deepEqual([job?.priority, job?.attempts, job?.maxAttempts], [3, 0, 7]);
    assert.deepEqual(
      [job?.endedAt, job?.progress, job?.result, job?.error],
      Array(4).fill(undefined),
    );
    assert.equal((await mail.counts()).waiting, 1);
  },

  'data may be missing, and there is no job that was not added': async ({ queue }) => {
    const bare = queue<undefined>();
    const { id } = await bare.add(undefined);
    assert.deepEqual((await bare.get(id))?.data, undefined);
    assert.equal(await bare.get('nobody'), undefined);
  },

  'an id is taken until its job is done': async ({ queue }) => {
    const mail = queue();
    assert.deepEqual(await mail.add(1, { id: 'a' }), { id: 'a', isNew: true });
    assert.deepEqual(await mail.add(2, { id: 'a' }), { id: 'a', isNew: false });
    assert.equal((await mail.get('a'))?.data, 1);
    mail.work(() => {});
    await mail.wait('a');
    assert.deepEqual(await mail.add(3, { id: 'a' }), { id: 'a', isNew: true });
    await mail.wait('a');
    assert.equal((await mail.get('a'))?.data, 3);
    assert.equal((await mail.counts()).done, 1);
  },

  'an id stays taken for dedupeMs': async ({ queue }) => {
    const mail = queue();
    await mail.add(1, { id: 'a', dedupeMs: 3_600_000 });
    mail.work(() => {});
    await mail.wait('a');
    assert.equal((await mail.add(2, { id: 'a' })).isNew, false);
  },

  'many are added at once, each id once': async ({ queue }) => {
    const mail = queue<number>();
    const added = await mail.addMany([
      { data: 1, id: 'a' },
      { data: 2, id: 'b' },
      { data: 3, id: 'a' },
    ]);
    assert.deepEqual(
      added.map(({ isNew }) => isNew),
      [true, true, false],
    );
    assert.equal((await mail.get('a'))?.data, 1);
    assert.deepEqual(await mail.addMany([]), []);
  },

  'the bounds hold for all of a call, or for none of it': async ({ queue, another }) => {
    const small = queue<string>({ maxJobs: 2, maxBytes: 100 });
    await small.add('x');
    await refuses(small.addMany([{ data: 'y' }, { data: 'z' }]), 'MUSTER_QUEUE_FULL');
    await refuses(small.add('x'.repeat(100)), 'MUSTER_QUEUE_FULL');
    assert.deepEqual((await small.counts()).waiting, 1);
    const worker = (await another(small)).work(() => {});
    await small.drain();
    await worker.close();
    // A done job makes room for others.
    await small.addMany([{ data: 'y' }, { data: 'z' }]);
    assert.equal((await small.counts()).waiting, 2);
  },

  'what cannot be a job is refused by name': async ({ queue }) => {
    const mail = queue();
    await refuses(
      mail.add(() => {}),
      'MUSTER_UNSUPPORTED_VALUE',
    );
    // @ts-expect-error
    await refuses(mail.add(1, { delay: 5 }), 'MUSTER_INVALID_OPTION');
    await refuses(mail.add(1, { id: '' }), 'MUSTER_INVALID_OPTION');
    await refuses(mail.add(1, { id: 'a\0b' }), 'MUSTER_INVALID_OPTION');
    await refuses(mail.add(1, { id: 'x'.repeat(257) }), 'MUSTER_INVALID_OPTION');
    await refuses(mail.add(1, { priority: 0.5 }), 'MUSTER_INVALID_OPTION');
    await refuses(mail.add(1, { delayMs: -1 }), 'MUSTER_INVALID_OPTION');
    // @ts-expect-error
    await refuses(mail.addMany([{ dat: 1 }]), 'MUSTER_INVALID_OPTION');
    // @ts-expect-error
    await refuses(mail.counts('urgent'), 'MUSTER_INVALID_OPTION');
    // @ts-expect-error
    await refuses(mail.pause(5), 'MUSTER_INVALID_OPTION');
    // @ts-expect-error
    await refuses(mail.clear({ state: 'failed' }), 'MUSTER_INVALID_OPTION');
    assert.equal((await mail.counts()).waiting, 0);
  },

  'queues whose names are alike do not meet': async ({ queue, store, unique }) => {
    const { createQueue } = await import('../shared-queue.js');
    const name = unique();
    const names = [name, `${name}}`, `${name}:j`, `${name}:`, `{${name}`, `%${name}`];
    const queues = names.map((it) => createQueue<string>({ store, name: it }));
    await Promise.all(queues.map((it) => it.add(it.name, { id: 'same' })));
    for (const it of queues) assert.equal((await it.get('same'))?.data, it.name);
    await Promise.all(queues.map((it) => it.clear()));
    assert.equal((await queue().counts()).waiting, 0);
  },
};
