// Which jobs that have ended are kept, and for how long.
import assert from 'node:assert/strict';
import { type Case, eventually, gate, refuses } from './case.js';

export const keeping: Readonly<Record<string, Case>> = {
  'of what is done as many stay as were asked for': async ({ queue }) => {
    const mail = queue<number>({ keepDone: { count: 3 } });
    mail.work(() => {}, { concurrency: 2 });
    await mail.addMany(Array.from({ length: 12 }, (_, data) => ({ data })));
    await mail.drain();
    // The next turns drop it.
    await mail.add(1);
    await eventually(async () => (await mail.counts()).done === 3);
    const none = queue<number>({ keepDone: false });
    none.work(() => {});
    await none.add(1, { id: 'a' });
    await none.drain();
    assert.deepEqual([(await none.counts()).done, await none.get('a')], [0, undefined]);
  },

  'after a burst no more stay than were asked for, and in an idle queue none for longer': async ({
    queue,
  }) => {
    const mail = queue<number>({ keepDone: { count: 10 }, keepFailed: { forMs: 1 }, attempts: 1 });
    const handler = ({ data }: { data: number }): void => {
      if (data % 2 === 1) throw new Error('odd');
    };
    const worker = mail.work(handler, { concurrency: 300 });
    await mail.addMany(Array.from({ length: 600 }, (_, data) => ({ data })));
    await mail.drain();
    await eventually(async () => {
      const { done, failed } = await mail.counts();
      return done === 10 && failed === 0;
    });
    await worker.close();
  },

  'a job that is not kept tells its end to those who wait': async ({ queue, another }) => {
    const none = queue<string, string>({ keepDone: false, keepFailed: { count: 0 }, attempts: 1 });
    const { opened, open } = gate();
    none.work(async ({ data }) => {
      await opened;
      if (data === 'bad') throw new Error('bad');
      return `did ${data}`;
    });
    await none.addMany([
      { data: 'x', id: 'a' },
      { data: 'bad', id: 'b' },
    ]);
    const other = await another(none);
    const [done, failed] = [other.wait('a'), refuses(other.wait('b'), 'MUSTER_JOB_FAILED')];
    await eventually(async () => (await none.counts()).running === 1);
    open();
    assert.equal(await done, 'did x');
    await failed;
    // Also those who come a little later.
    const { id } = await none.add('y');
    await none.drain();
    assert.deepEqual([await none.wait(id), await none.get(id)], ['did y', undefined]);
    // What was removed has no end.
    await none.pause();
    await none.add('z', { id: 'a' });
    await none.remove('a');
    await refuses(none.wait('a'), 'MUSTER_JOB_NOT_FOUND');
  },
};
