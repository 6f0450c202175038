// What every call of a store takes: for metrics and traces. Free while nobody subscribes.
import { subscribe } from 'node:diagnostics_channel';
import { createSharedStore } from '@muster/core';

subscribe('muster:store:call', (message) => {
  const { call, engine, durationMs, outcome } = /** @type {any} */ (message);
  console.log(`${call} ${engine} ${outcome} ${durationMs >= 0}`);
});

const store = createSharedStore();
await store.set('key', 'text');
await store.increment('key').catch(() => {});
await store.close();
