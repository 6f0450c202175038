// What workers do until they are killed, over and over. A task that is added here is part of every round.
// @ts-check

import { setTimeout as delay } from 'node:timers/promises';

/**
 * @typedef {object} Task
 * @property {string} name
 * @property {(store: import('@muster/store').SharedStore) => Promise<unknown>} once does it
 *   once; when it settles, that is acknowledged, but for `false`: another one has done it
 * @property {(store: import('@muster/store').SharedStore) => Promise<number>} done how often it
 *   was done, as the store has it
 */

/** @type {Task[]} */
export const tasks = [
  {
    name: 'increments',
    once: (store) => store.increment('increments'),
    done: async (store) => Number((await store.get('increments')) ?? 0),
  },
  {
    name: 'updates',
    once: (store) => store.update('updates', (current) => Number(current ?? 0) + 1),
    done: async (store) => Number((await store.get('updates')) ?? 0),
  },
  {
    name: 'locked',
    // Without the lock, two that read and write would lose one.
    once: (store) =>
      store.withLock(
        'chaos',
        async () => {
          const before = Number((await store.get('locked')) ?? 0);
          await store.set('locked', before + 1);
        },
        { waitMs: 20_000, ttlMs: 30_000 },
      ),
    done: async (store) => Number((await store.get('locked')) ?? 0),
  },
  {
    name: 'loads',
    // Two that load the value of one moment acknowledge two, and there is one.
    once: async (store) => {
      const moment = `${Math.floor(Date.now() / MOMENT_MS)}`;
      let isLoader = false;
      await store.cache('moments').get(moment, async () => {
        isLoader = true;
        await store.namespace('loads').set(moment, true);
        return moment;
      });
      if (!isLoader) await delay(MOMENT_MS / 4);
      return isLoader;
    },
    done: async (store) => {
      let loads = 0;
      for await (const _ of store.namespace('loads').keys()) loads++;
      return loads;
    },
  },
];

/** How long all ask for the same value of the cache. */
const MOMENT_MS = 20;
