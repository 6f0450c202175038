// A process of the chaos of queues: runs jobs and the runs of a schedule, and tells what it ran from when to when. It also counts
// orders, and adds a job with each.
import { setTimeout as delay } from 'node:timers/promises';
import { createQueue, createSchedule } from '@muster/queue';
import { createSharedStore } from '@muster/store';

const { EVERY_MS = '', LEASE_MS = '', STORE_OPTIONS = '{}' } = process.env;
const store = createSharedStore(JSON.parse(STORE_OPTIONS));
const starts = store.namespace('starts');
const dues = store.namespace('dues');
const rules = { store, name: 'chaos', leaseMs: Number(LEASE_MS), attempts: 1_000 };
const keep = { backoff: { delayMs: 10 }, keepDone: {} };

/** Of all processes of the machine. */
const now = () => Number(process.hrtime.bigint() / 1_000n);

createQueue({ ...rules, ...keep }).work(
  async (job) => {
    const from = now();
    await starts.increment(job.id);
    await delay(Math.random() * 20);
    const until = now();
    // What it held until then it held for certain.
    if (job.signal.aborted) process.send?.({ lost: job.id });
    else process.send?.({ name: job.id, token: job.token, from, until });
    return job.token;
  },
  { concurrency: 4 },
);

const every = { ...rules, name: 'every', everyMs: Number(EVERY_MS), overlap: true };
createSchedule({ ...every, backoff: { delayMs: 0 } }, async ({ dueAt, missed, attempt }) => {
  const due = dueAt.getTime();
  if (attempt === 1) await dues.increment(`first ${due}`);
  await dues.set(`missed ${due}`, missed);
});

const outbox = createQueue({ store, name: 'outbox' });
for (;;) {
  const order = store.transaction(['orders{outbox}'], ([count = 0], transaction) => {
    outbox.addIn(transaction, count);
    return [count + 1];
  });
  // While another process stands still with the write lock, nobody writes.
  await order.catch(() => {});
  await delay(Math.random() * 40);
}
