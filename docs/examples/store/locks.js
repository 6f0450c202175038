// One at a time, across all processes: start it several times at once.
import { createSharedStore } from '@muster/core';

const store = createSharedStore();
const accounts = store.namespace('accounts');

const result = await store.withLock('account-ada', async (lock) => {
  const balance = Number((await accounts.get('ada')) ?? 100);
  // Refused with MUSTER_FENCED if the lock was lost meanwhile: then somebody else may have the account.
  await accounts.set('ada', balance - 10, { fence: lock });
  return balance - 10;
});
console.log(`left: ${result}`);

// As many as two at once.
const printers = store.semaphore('printers', { permits: 2 });
await printers.withPermit(async ({ signal }) => {
  if (!signal.aborted) console.log('printing');
});

const lock = await store.lock('busy'); // TypeScript, Node 24: await using lock = …
try {
  await store.lock('busy', { waitMs: 0 });
} catch (error) {
  console.log(error instanceof Error && 'code' in error && error.code);
} finally {
  await lock.release();
}

await store.close();
