// Which jobs run: on which worker, in which order, how often.
import assert from 'node:assert/strict';
import { JobUnrecoverableError } from '../errors.js';
import { resolveQueue } from '../options/queue-options.js';
import { takeJobs } from '../procedures/take-jobs.js';
import { QueueHome } from '../queue-home.js';
import { type Case, eventually, gate, refuses } from './case.js';

const SOON = { delayMs: 0 };

export const running: Readonly<Record<string, Case>> = {
  'a job runs, and its result is there for who waits': async ({ queue, another }) => {
    const sums = queue<number[], number>();
    const { id } = await sums.add([1, 2]);
    const result = (await another(sums)).wait(id);
    sums.work(({ data }) => data.reduce((sum, it) => sum + it, 0));
    assert.equal(await result, 3);
    // Also for a caller that comes later.
    assert.equal(await sums.wait(id), 3);
    const job = await sums.get(id);
    assert.deepEqual([job?.state, job?.attempts, job?.result], ['done', 1, 3]);
    assert.ok(job?.endedAt instanceof Date);
  },

  'they come by priority, then by due time, then by arrival': async ({ queue }) => {
    const mail = queue<string>();
    await mail.addMany([
      { data: 'low', priority: -5 },
      { data: 'first' },
      { data: 'second' },
      { data: 'high', priority: 1_000_000 },
      { data: 'third' },
      { data: 'lowest', priority: -1_000_000 },
      { data: 'higher', priority: 2 },
    ]);
    const waiting = (await mail.waiting()).map(({ data }) => data);
    const ran: string[] = [];
    mail.work(({ data }) => void ran.push(data));
    await mail.drain();
    assert.deepEqual(ran, ['high', 'higher', 'first', 'second', 'third', 'low', 'lowest']);
    assert.deepEqual(waiting, ran);
  },

  'an idle worker is woken by what is added, in whichever process': async ({ queue, another }) => {
    const mail = queue<number>();
    const ran: number[] = [];
    mail.work(({ data }) => void ran.push(data), { concurrency: 2 });
    const other = await another(mail);
    for (let round = 0; round < 20; round++) {
      await other.add(round);
      await eventually(() => ran.length === round + 1);
    }
  },

  'a delayed job runs when its time has come': async ({ queue }) => {
    const mail = queue();
    mail.work(() => {});
    const late = await mail.add(1, { delayMs: 3_600_000 });
    const { id } = await mail.add(1, { delayMs: 50 });
    await mail.wait(id);
    const job = await mail.get(id);
    assert.equal((job?.dueAt.getTime() ?? 0) - (job?.addedAt.getTime() ?? 0), 50);
    assert.equal((await mail.get(late.id))?.state, 'delayed');
  },

  'a job that is due earlier is not held up by a later one': async ({ queue, another }) => {
    const mail = queue<string>();
    const ran: string[] = [];
    mail.work(({ data }) => void ran.push(data));
    const other = await another(mail);
    await other.add('late', { delayMs: 3_600_000 });
    await other.add('early', { delayMs: 30 });
    await eventually(() => ran.length === 1);
    assert.deepEqual(ran, ['early']);
  },

  'as many run at once as the worker may': async ({ queue }) => {
    const mail = queue<number>();
    const { opened, open } = gate();
    let most = 0;
    let now = 0;
    const worker = mail.work(
      async () => {
        most = Math.max(most, ++now);
        await opened;
        now--;
      },
      { concurrency: 3 },
    );
    await mail.addMany(Array.from({ length: 8 }, (_, data) => ({ data })));
    await eventually(() => worker.running === 3);
    assert.deepEqual([(await mail.counts()).running, (await mail.counts()).waiting], [3, 5]);
    open();
    await mail.drain();
    assert.equal(most, 3);
  },

  'many workers run each job once, and tokens grow': async ({ queue, another }) => {
    const mail = queue<number>();
    const others = await Promise.all([another(mail), another(mail)]);
    const ran: { readonly data: number; readonly token: number }[] = [];
    for (const it of [mail, ...others]) {
      it.work(({ data, token }) => void ran.push({ data, token }), { concurrency: 4 });
    }
    const data = Array.from({ length: 200 }, (_, at) => at);
    await Promise.all(data.map((it) => mail.add(it)));
    await mail.drain();
    assert.deepEqual(
      ran.map((it) => it.data).sort((a, b) => a - b),
      data,
    );
    assert.equal(new Set(ran.map(({ token }) => token)).size, 200);
  },

  'maxRunning holds for all workers': async ({ queue, another }) => {
    const rules = { maxRunning: 2 };
    const mail = queue<number>(rules);
    const other = await another(mail, rules);
    let most = 0;
    let now = 0;
    for (const it of [mail, other]) {
      it.work(
        async () => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setImmediate(resolve));
          now--;
        },
        { concurrency: 5 },
      );
    }
    await mail.addMany(Array.from({ length: 20 }, (_, data) => ({ data })));
    await mail.drain();
    assert.ok(most <= 2, `${most}`);
    assert.equal((await mail.counts()).done, 20);
  },

  'a limit holds for all workers, and lets all through in the end': async ({ queue, store }) => {
    const rules = { limit: { limit: 10, periodMs: 1_000, burst: 2 } };
    const mail = queue<number>(rules);
    await mail.addMany(Array.from({ length: 4 }, (_, data) => ({ data })));
    const home = new QueueHome(resolveQueue({ store, name: mail.name, ...rules }));
    const turn = { ...home.turn, settlements: [], take: 4, owner: 'other/1', stalledOutcome: '' };
    const { jobs, nextMs = Infinity } = await home.run(takeJobs, turn);
    assert.equal(jobs.length, 2);
    // One for each tenth of a second, and part of a millisecond more.
    assert.ok(nextMs <= 101, `${nextMs}`);
    let ran = 0;
    mail.work(() => void ran++, { concurrency: 5 });
    await eventually(() => ran === 2);
  },

  'what failed is tried again, and in the end is in failed() with its error': async ({ queue }) => {
    const mail = queue<string>({ attempts: 3, backoff: SOON });
    const attempts: number[] = [];
    mail.work(({ attempt }) => {
      attempts.push(attempt);
      throw Object.assign(new TypeError(`no ${attempt}`), { code: 'E_NO' });
    });
    const { id } = await mail.add('x');
    await refuses(mail.wait(id), 'MUSTER_JOB_FAILED');
    assert.deepEqual(attempts, [1, 2, 3]);
    const [failed, ...more] = await mail.failed();
    assert.equal(more.length, 0);
    assert.deepEqual([failed?.id, failed?.state, failed?.attempts], [id, 'failed', 3]);
    const { name, message, code } = failed?.error ?? {};
    assert.deepEqual([name, message, code], ['TypeError', 'no 3', 'E_NO']);
    // Its id is taken until somebody has decided.
    assert.equal((await mail.add('y', { id })).isNew, false);
  },

  'a job that succeeds at last is done': async ({ queue }) => {
    const mail = queue<string, string>({ backoff: SOON });
    mail.work(({ attempt }) => {
      if (attempt < 3) throw new Error('not yet');
      return 'at last';
    });
    const { id } = await mail.add('x');
    assert.equal(await mail.wait(id), 'at last');
    assert.equal((await mail.get(id))?.error, undefined);
  },

  'what no attempt could help fails at once': async ({ queue }) => {
    const mail = queue<string>();
    mail.work(({ data }) => {
      const cause = new JobUnrecoverableError('there is no such address');
      throw data === 'wrapped' ? new Error('no', { cause }) : cause;
    });
    await refuses(mail.wait((await mail.add('bare')).id), 'MUSTER_JOB_FAILED');
    await refuses(mail.wait((await mail.add('wrapped')).id), 'MUSTER_JOB_FAILED');
  },

  'a result that cannot be kept is a failure of the handler': async ({ queue }) => {
    const mail = queue({ attempts: 1 });
    mail.work(() => () => {});
    const { id } = await mail.add('x');
    await refuses(mail.wait(id), 'MUSTER_JOB_FAILED');
    assert.equal((await mail.get(id))?.error?.code, 'MUSTER_UNSUPPORTED_VALUE');
  },

  'a worker that closes lets its job end, and takes no other': async ({ queue }) => {
    const mail = queue<number>();
    const { opened, open } = gate();
    const worker = mail.work(() => opened);
    await mail.addMany([
      { data: 1, id: 'one' },
      { data: 2, id: 'two' },
    ]);
    await eventually(() => worker.running === 1);
    const closed = worker.close();
    open();
    await closed;
    assert.equal((await mail.get('one'))?.state, 'done');
    assert.equal((await mail.get('two'))?.state, 'waiting');
    const controller = new AbortController();
    mail.work(() => {}, { signal: controller.signal });
    await mail.wait('two');
    controller.abort();
  },
};
