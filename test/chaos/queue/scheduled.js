// A process of the chaos of clocks: has a schedule, and writes what it runs, also how often each due time ran.
import { createSchedule } from '@muster/queue';
import { createSharedStore } from '@muster/store';

const { STORE_OPTIONS = '{}', EVERY_MS = '' } = process.env;
const store = createSharedStore(JSON.parse(STORE_OPTIONS));
const rules = { store, name: 'hourly', everyMs: Number(EVERY_MS), leaseMs: 500 };
const schedule = createSchedule({ ...rules, backoff: { delayMs: 0 } }, async (run) => {
  const due = run.dueAt.getTime();
  // An attempt that ended with its process is made again.
  if (run.attempt === 1) await store.increment(`starts ${due}`);
  await store.set(`missed ${due}`, run.missed);
  process.send?.({ due });
});
const tell = async () => {
  const next = await schedule.next();
  process.send?.({ next: next?.getTime() });
};
process.on('message', () => void tell());
await tell();
