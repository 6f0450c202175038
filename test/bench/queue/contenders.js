// Queues that are measured, each behind the same few calls, in a process of its own or in that of the bench.
// @ts-check
import { createRequire } from 'node:module';
import { createQueue } from '@muster/queue';
import { createSharedStore } from '@muster/store';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

/**
 * @typedef {object} Contender
 * @property {(data: object) => Promise<unknown>} add
 * @property {(concurrency: number, run: (data: object) => unknown) => () => Promise<unknown>} work gives what ends it
 * @property {() => Promise<unknown>} close
 */

const NAME = 'bench';

/** @type {Record<string, (url: string) => Contender>} */
export const contenders = { muster, bullmq, plainjob };

/**
 * Where plainjob and better-sqlite3 are installed: `npm install --prefix <folder> plainjob better-sqlite3`. They are no dependency,
 * since better-sqlite3 is compiled for minutes where its binary cannot be downloaded.
 */
const { BENCH_SQLITE } = process.env;
export const hasSqlite = BENCH_SQLITE !== undefined;
const SQLITE = ['plainjob', 'better-sqlite3'];
const sqlite = BENCH_SQLITE !== undefined ? await imported(BENCH_SQLITE) : undefined;

/** @param {string} folder */
async function imported(folder) {
  const require = createRequire(`${folder}/`);
  const [plainjob, Database] = SQLITE.map((name) => require.resolve(name));
  return { ...(await import(`${plainjob}`)), Database: require(`${Database}`) };
}

/** @param {string} url of a store @returns {Contender} */
function muster(url) {
  const store = createSharedStore({ url });
  const queue = createQueue({ store, name: NAME });
  return {
    add: (data) => queue.add(data),
    work(concurrency, run) {
      const worker = queue.work(({ data }) => void run(/** @type {object} */ (data)), {
        concurrency,
      });
      return () => worker.close();
    },
    close: () => queue.close().then(() => store.close()),
  };
}

/** By its defaults. @param {string} url of Redis @returns {Contender} */
function bullmq(url) {
  const client = () => new Redis(url, { maxRetriesPerRequest: null });
  const connection = client();
  const connections = [connection];
  const queue = new Queue(NAME, { connection });
  return {
    add: (data) => queue.add('job', data),
    work(concurrency, run) {
      const own = client();
      connections.push(own);
      const worker = new Worker(NAME, async ({ data }) => void run(data), {
        connection: own,
        concurrency,
      });
      return () => worker.close();
    },
    async close() {
      await queue.close();
      for (const it of connections) it.disconnect();
    },
  };
}

/** Its default of a second would be most of what is measured. */
const POLL_MS = 5;
const QUIET = { error() {}, warn() {}, info() {}, debug() {} };

/** By its defaults, but for its log and the time between two looks of an idle worker. @param {string} url the path of a file @returns {Contender} */
function plainjob(url) {
  if (!sqlite) throw new Error('BENCH_SQLITE is not set');
  const { better, defineQueue, defineWorker, Database } = sqlite;
  const database = new Database(url, { timeout: 10_000 });
  const queue = defineQueue({ connection: better(database), logger: QUIET });
  return {
    add: async (data) => queue.add('job', data),
    work(_, run) {
      const worker = defineWorker(
        'job',
        async (/** @type {{ data: string }} */ job) => run(JSON.parse(job.data)),
        { queue, logger: QUIET, pollIntervall: POLL_MS },
      );
      void worker.start();
      return () => worker.stop();
    },
    close: async () => void queue.close(),
  };
}
