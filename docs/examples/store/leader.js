// One of all processes does what only one is to do: start it several times, and end the one that says so.
import { setTimeout as delay } from 'node:timers/promises';
import { createSharedStore } from '@muster/core';

const store = createSharedStore();
const leadership = store.leader('cleanup', async ({ signal }) => {
  console.log(`${process.pid} leads`);
  while (!signal.aborted) await delay(60_000, undefined, { signal }).catch(() => {});
});

process.once('SIGTERM', async () => {
  await leadership.stop();
  await store.close();
  console.log('stopped');
  process.exit();
});
