// Jobs whose worker is gone, or too slow.
import assert from 'node:assert/strict';
import type { SharedStore } from '@muster/store';
import { ownerGone } from '@muster/store/cluster';
import { ownOwner } from '@muster/store/procedures';
import { resolveQueue } from '../options/queue-options.js';
import { evictJobs } from '../procedures/hold-jobs.js';
import { listJobs } from '../procedures/look.js';
import { takeJobs } from '../procedures/take-jobs.js';
import { QueueHome } from '../queue-home.js';
import { STALLED } from '../worker/surroundings.js';
import { type Case, eventually, gate, refuses } from './case.js';

/** Takes jobs as a worker of another process does. */
async function takeFor(
  name: string,
  store: SharedStore,
  owner: string,
  leaseMs = 3_600_000,
): Promise<void> {
  const home = new QueueHome(resolveQueue({ store, name }));
  const turn = { ...home.turn, settlements: [], take: 1, stalledOutcome: STALLED };
  await home.run(takeJobs, { ...turn, leaseMs, owner: `${owner}/1` });
}

/** Gives the jobs of this process back, as if it had ended. */
async function evictAll(name: string, store: SharedStore): Promise<void> {
  const home = new QueueHome(resolveQueue({ store, name }));
  await home.run(evictJobs, { owner: ownOwner(), isProcess: true, outcome: '', except: [] });
}

export const losing: Readonly<Record<string, Case>> = {
  'a lease is extended for as long as the job takes': async ({ queue, store }) => {
    const mail = queue<string>({ leaseMs: 3_000, attempts: 1_000, backoff: { delayMs: 0 } });
    const home = new QueueHome(resolveQueue({ store, name: mail.name }));
    const lease = async () => (await home.run(listJobs, { state: 'l', start: 0, limit: 1 }))[0];
    const { opened, open } = gate();
    mail.work(() => opened);
    await mail.add('x', { id: 'a' });
    let before = await lease();
    await eventually(async () => {
      const now = await lease();
      // On a machine that stands still for seconds it may be a later attempt.
      if (now && now.token === before?.token && now.at > before.at) return true;
      if (now?.token !== before?.token) before = now;
      return false;
    });
    open();
    await mail.wait('a');
  },

  'a job whose lease has ended before it could begin does not begin': async ({ queue }) => {
    const mail = queue<string>({ leaseMs: 500, attempts: 1_000 });
    await mail.addMany(['a', 'b'].map((id) => ({ id, data: 'x' })));
    const clock = new Int32Array(new SharedArrayBuffer(4));
    const wereAborted: boolean[] = [];
    mail.work(
      ({ signal }) => {
        // The first one blocks the process, and with it the second one.
        if (wereAborted.push(signal.aborted) === 1) Atomics.wait(clock, 0, 0, 600);
      },
      { concurrency: 2 },
    );
    await Promise.all([mail.wait('a'), mail.wait('b')]);
    assert.ok(!wereAborted.includes(true));
  },

  'the jobs of a process that is gone run again at once': async ({ queue, another, store }) => {
    const mail = queue<string>({ leaseMs: 3_600_000 });
    await mail.add('x', { id: 'a' });
    const owner = `gone-${mail.name}`;
    await takeFor(mail.name, store, owner);
    assert.equal((await mail.get('a'))?.state, 'running');
    const attempts: number[] = [];
    (await another(mail)).work(({ attempt }) => void attempts.push(attempt));
    await ownerGone(store, owner);
    await mail.wait('a');
    assert.deepEqual(attempts, [2]);
  },

  'also those of a process that was gone before': async ({ queue, store }) => {
    const mail = queue<string>({ leaseMs: 3_600_000 });
    await mail.add('x', { id: 'a' });
    await takeFor(mail.name, store, `gone-${mail.name}`);
    await ownerGone(store, `gone-${mail.name}`);
    mail.work(() => {});
    await mail.wait('a');
  },

  'a job whose process ended says how, if that is known': async ({ queue, store }) => {
    const ends: [string | undefined, string][] = [
      ['was killed by SIGSEGV', 'was killed by SIGSEGV'],
      [undefined, 'has ended'],
    ];
    for (const [how, text] of ends) {
      const mail = queue<string>({ leaseMs: 3_600_000, attempts: 1 });
      const { id } = await mail.add('x');
      await takeFor(mail.name, store, `gone-${id}`);
      await ownerGone(store, `gone-${id}`, how);
      mail.work(() => {});
      await refuses(mail.wait(id), 'MUSTER_JOB_FAILED');
      const error = (await mail.get(id))?.error;
      assert.equal(error?.code, 'MUSTER_JOB_STALLED');
      assert.equal(error?.message, `The process that ran it ${text}`);
    }
  },

  'a lease that ends gives the job to another, and its attempts end': async ({ queue, store }) => {
    const mail = queue<string>({ attempts: 2 });
    await mail.add('x', { id: 'a' });
    await takeFor(mail.name, store, 'stopped', 100);
    const { opened, open } = gate();
    let runs = 0;
    mail.work(() => {
      runs++;
      open();
    });
    await opened;
    await mail.wait('a');
    assert.equal(runs, 1);
    assert.equal((await mail.get('a'))?.attempts, 2);
    await mail.add('x', { id: 'b', attempts: 1 });
    await eventually(async () => (await mail.get('b'))?.state === 'done');
  },

  'a job that kills its workers ends in failed()': async ({ queue, store }) => {
    const mail = queue<string>({ attempts: 2 });
    await mail.add('x', { id: 'a' });
    await takeFor(mail.name, store, 'victim-1', 1);
    await eventually(async () => {
      await takeFor(mail.name, store, 'victim-2', 1);
      return (await mail.get('a'))?.state === 'failed';
    });
    const job = await mail.get('a');
    assert.deepEqual([job?.attempts, job?.error?.code], [2, 'MUSTER_JOB_STALLED']);
  },

  'who lost a job has no word in it any more': async ({ queue, store }) => {
    const mail = queue<string>({ backoff: { delayMs: 0 } });
    const { opened, open } = gate();
    const reasons: unknown[] = [];
    let runs = 0;
    mail.work(async (job) => {
      if (++runs > 1) return 'second';
      // Another worker has it, as after a stop that was longer than the lease.
      await evictAll(mail.name, store);
      await refuses(job.progress(1), 'MUSTER_JOB_LEASE_LOST');
      reasons.push(job.signal.reason);
      open();
      return 'first';
    });
    const { id } = await mail.add('x');
    await opened;
    assert.equal(await mail.wait(id), 'second');
    assert.equal((reasons[0] as { code?: string }).code, 'MUSTER_JOB_LEASE_LOST');
  },
};
