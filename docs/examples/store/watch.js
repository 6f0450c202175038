// Hear of changes, whichever process makes them.
import { once } from 'node:events';
import { createSharedStore } from '@muster/core';

const store = createSharedStore();
const flags = store.namespace('flags');
const heard = new EventTarget();

const unwatch = await flags.watch({ prefix: '' }, (change) => {
  // After a gap: read anew whatever you have derived from the keys.
  if (change.type === 'reset') return;
  console.log(`${change.key} is ${change.value}`);
  heard.dispatchEvent(new Event(`${change.key} ${change.value}`));
});

const changed = once(heard, 'dark-mode true');
await flags.set('dark-mode', true);
await changed;

const gone = once(heard, 'dark-mode undefined');
await flags.delete('dark-mode');
await gone;

unwatch();
await store.close();
