// What is slow is asked for once, however many processes want it.
import { createSharedStore } from '@muster/core';

const store = createSharedStore();
const users = store.cache('users', { ttlMs: 60_000, staleMs: 600_000, graceMs: 3_600_000 });

let loads = 0;
/** @param {{ key: string }} context */
const load = async ({ key }) => {
  loads++;
  return { id: key, name: 'Ada' };
};
const ada = () => users.get('ada', load, { tags: ['team-1'] });

await Promise.all([ada(), ada(), ada()]);
console.log(await ada(), loads);

await users.invalidateTag('team-1');
await ada();
console.log(`after invalidateTag: ${loads}`);

await store.close();
