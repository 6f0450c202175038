// A report each night, made by one of all processes: start it several times at once. With `--now` it makes one at once, too.
import { createSharedStore } from '@muster/core';
import { createSchedule } from '@muster/queue';

const store = createSharedStore();
const reports = store.namespace('reports');

const nightly = createSchedule(
  { store, name: 'nightly-report', cron: '0 3 * * *', timeZone: 'Europe/Paris' },
  async (run) => {
    // If the process dies meanwhile, the run is made again: what it writes replaces what the first one wrote.
    const day = run.dueAt.toISOString().slice(0, 10);
    await reports.set(day, { visits: 42 });
    console.log(`report of ${day}, attempt ${run.attempt}`);
  },
);

const next = await nightly.next();
console.log(`next: ${next?.toISOString()}`);
if (process.argv.includes('--now')) await nightly.runNow();

process.once('SIGTERM', async () => {
  await nightly.close();
  await store.close();
});
