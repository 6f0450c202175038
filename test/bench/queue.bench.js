// Jobs of 887 bytes, added and run to the end, beside BullMQ on the same Redis: `pnpm bench queue`.
// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis/server.js';
import { median, quantile } from './measure.js';
import { contenders, hasSqlite } from './queue/contenders.js';
import { costsOfWaiting } from './queue/waiting.js';

const DATA = { text: 'x'.repeat(876) };
const ROUNDS = 3;
/** Adds that wait for an answer at once. */
const IN_FLIGHT = 50;
const IDLE_ADDS = 300;
const WORKER = fileURLToPath(new URL('queue/worker.js', import.meta.url));

/**
 * @param {() => Promise<unknown>} call
 * @param {number} count
 */
async function all(call, count) {
  let left = count;
  const one = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
}

/** Microseconds for each job, from the first add, or from the first worker, to the last job.
 *
 * @param {keyof typeof contenders} name
 * @param {string} url
 * @param {{ concurrency: number, processes: number, jobs: number, commands: () => Promise<number> }} how
 */
async function round(name, url, { concurrency, processes, jobs, commands }) {
  const contender = /** @type {import('./queue/contenders.js').Contender} */ (
    contenders[name]?.(url)
  );
  const workers = Array.from({ length: processes }, () =>
    fork(WORKER, [name, url, String(concurrency)]),
  );
  try {
    // They are there, and idle, when the first job is added.
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    let left = jobs;
    const done = new Promise((resolve) => {
      for (const worker of workers) {
        worker.on('message', (count) => {
          left -= Number(count);
          if (left <= 0) resolve(undefined);
        });
      }
    });
    const before = await commands();
    const start = performance.now();
    await all(() => contender.add(DATA), jobs);
    await done;
    const us = ((performance.now() - start) * 1_000) / jobs;
    return { us, commands: ((await commands()) - before) / jobs };
  } finally {
    for (const worker of workers) worker.disconnect();
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    await contender.close();
  }
}

/** Microseconds from `add` to the start of the job, of an idle worker in the same process.
 *
 * @param {keyof typeof contenders} name
 * @param {string} url
 */
async function latencies(name, url) {
  const contender = /** @type {import('./queue/contenders.js').Contender} */ (
    contenders[name]?.(url)
  );
  let started = (/** @type {number} */ _at) => {};
  const end = contender.work(1, () => started(performance.now()));
  const samples = [];
  for (let n = 0; n < IDLE_ADDS; n++) {
    const at = new Promise((resolve) => {
      started = resolve;
    });
    const start = performance.now();
    await contender.add(DATA);
    samples.push(((await at) - start) * 1_000);
  }
  await end();
  await contender.close();
  return samples;
}

/** @param {import('./report.js').Report} report */
export default async function bench(report) {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const server = await startRedis();
  const admin = new Redis(server.url);
  const commands = async () =>
    Number(/total_commands_processed:(\d+)/.exec(await admin.info('stats'))?.[1]);
  const embedded = `lmdb:${folder}/store`;
  const sqlite = `${folder}/jobs.sqlite`;
  try {
    for (const processes of [1, 2]) {
      for (const concurrency of [1, 50]) {
        const how = { concurrency, processes, jobs: concurrency === 1 ? 1_000 : 4_000, commands };
        /** @type {Record<string, Awaited<ReturnType<typeof round>>[]>} */
        const rounds = { embedded: [], redis: [], bullmq: [], sqlite: [] };
        for (let n = 0; n < ROUNDS; n++) {
          rounds.embedded?.push(await round('muster', embedded, how));
          rounds.redis?.push(await round('muster', server.url, how));
          rounds.bullmq?.push(await round('bullmq', server.url, how));
          // A worker of plainjob runs one job at a time.
          if (hasSqlite && concurrency === 1)
            rounds.sqlite?.push(await round('plainjob', sqlite, how));
        }
        const us = (/** @type {string} */ of) => (rounds[of] ?? []).map((it) => it.us);
        const perJob = (/** @type {string} */ of) =>
          median((rounds[of] ?? []).map((it) => it.commands));
        report.section(
          `add and run, ${processes} worker process${processes > 1 ? 'es' : ''}, concurrency ${concurrency}, against BullMQ`,
        );
        const baseline = us('bullmq');
        const unit = 'µs';
        report.compare({
          what: 'on Redis',
          ours: us('redis'),
          baseline,
          unit,
          target: { atLeast: 1.5 },
        });
        report.compare({
          what: 'embedded',
          ours: us('embedded'),
          baseline,
          unit,
          target: { atLeast: 5 },
        });
        if (us('sqlite').length > 0) {
          const side = { what: 'embedded, against plainjob on SQLite', ours: us('embedded'), unit };
          report.compare({ ...side, baseline: us('sqlite') });
        }
        report.row({ what: 'Redis commands of a job', value: perJob('redis'), unit: '' });
        report.row({ what: 'Redis commands of a job, BullMQ', value: perJob('bullmq'), unit: '' });
      }
    }
    report.section('from add to the start of the job, idle');
    for (const [what, name, url] of /** @type {const} */ ([
      ['embedded', 'muster', embedded],
      ['on Redis', 'muster', server.url],
      ['BullMQ', 'bullmq', server.url],
    ])) {
      const samples = await latencies(name, url);
      report.row({ what: `${what}, p50`, value: median(samples), unit: 'µs' });
      report.row({ what: `${what}, p99`, value: quantile(samples, 0.99), unit: 'µs' });
    }
    for (const [what, url] of [
      ['embedded', embedded],
      ['on Redis', server.url],
    ]) {
      const { few, many } = await costsOfWaiting(/** @type {string} */ (url));
      report.section(`${what}, ${many.waiting} waiting jobs against ${few.waiting}`);
      const rest = { unit: 'µs', target: { atMost: 2 } };
      report.compare({ what: 'add', ours: median(many.add), baseline: median(few.add), ...rest });
      report.compare({
        ...{ what: 'take and run', ours: median(many.take), baseline: median(few.take) },
        ...rest,
      });
    }
  } finally {
    admin.disconnect();
    await server.stop();
    await rm(folder, { recursive: true });
  }
}
