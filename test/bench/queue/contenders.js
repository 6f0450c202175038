// Queues that are measured, each behind the same few calls, in a process of its own or in that of the bench.
// @ts-check
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
export const contenders = { muster, bullmq };

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
