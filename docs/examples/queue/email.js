// Mails that are tried again while the mail server is busy, and given up where no attempt could help.
import { createSharedStore } from '@muster/core';
import { createQueue, JobUnrecoverableError } from '@muster/queue';

const store = createSharedStore();
const mail = createQueue({
  store,
  name: 'mail',
  attempts: 5,
  backoff: { delayMs: 10 }, // then 20, 40 and 80: give a second or more to a real server
  limit: { limit: 100, periodMs: 1_000 }, // what the mail provider allows, for all workers together
});

const worker = mail.work(
  async (job) => {
    const { to } = job.data;
    if (!to.includes('@')) throw new JobUnrecoverableError(`no address: ${to}`);
    if (job.attempt < 3) throw new Error('the mail server is busy');
    // The provider drops a mail whose key it has seen: a job may run again after it was done.
    return { key: job.id, attempt: job.attempt };
  },
  { concurrency: 10 },
);

// The same id twice is one mail.
await mail.add({ to: 'ada@example.com' }, { id: 'welcome-7', dedupeMs: 86_400_000 });
await mail.add({ to: 'ada@example.com' }, { id: 'welcome-7', dedupeMs: 86_400_000 });
console.log('sent:', await mail.wait('welcome-7'));

const bad = await mail.add({ to: 'nobody' });
await mail.wait(bad.id).catch((error) => console.log(error.code));
for (const { data, attempts, error } of await mail.failed()) {
  console.log(`failed after ${attempts}: ${data.to}: ${error?.message}`);
  await mail.remove(bad.id);
}

await worker.close();
await store.close();
