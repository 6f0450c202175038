// Reads all that should be in the stores of some folders, writes to them, and says how each went in a line of JSON. Before each
// it says which one it is, as it may die of it.
// argv: the folders.
// @ts-check

import { isDeepStrictEqual } from 'node:util';
import { createSharedStore } from '@muster/store';
import { COUNT, contentOf, keyOf } from './values.js';

/** @param {unknown} line */
const say = (line) => process.send?.(line);

process.on('warning', ({ message, ...warning }) => {
  const code = 'code' in warning ? warning.code : undefined;
  if (code !== 'MUSTER_STORE_SET_ASIDE') say({ warning: message });
});

for (const folder of process.argv.slice(2)) {
  say({ begins: folder });
  const store = createSharedStore({ url: `lmdb:${folder}`, checksums: true, deadlineMs: 5_000 });
  const view = store.namespace('fuzz');
  /** @type {Record<string, number>} */
  const codes = {};
  /** @type {string[]} */
  const wrong = [];
  let missing = 0;
  /** @template Output @param {() => Promise<Output>} call */
  const attempt = async (call) => {
    try {
      return await call();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      codes[code] = (codes[code] ?? 0) + 1;
      return error;
    }
  };
  /** @param {string} key @param {unknown} value */
  const look = (key, value) => {
    if (value === undefined) missing++;
    else if (!(value instanceof Error)) {
      const n = Number(key.split(' ').at(-1));
      if (!isDeepStrictEqual(value, contentOf(n))) wrong.push(key);
    }
  };
  for (let n = 0; n < COUNT; n++) look(keyOf(n), await attempt(() => view.get(keyOf(n))));
  await attempt(async () => {
    for await (const [key, value] of view.entries()) look(key, value);
  });
  for (let n = 0; n < COUNT; n += 7) {
    const isWritten = await attempt(() => view.set(keyOf(n), contentOf(n)));
    if (isWritten === true) {
      const value = await attempt(() => view.get(keyOf(n)));
      look(keyOf(n), value);
      if (value === undefined) wrong.push(`written ${n}`);
    }
  }
  for (let n = 1; n < COUNT; n += 7) await attempt(() => view.delete(keyOf(n)));
  await attempt(() => store.lock('fuzz', { waitMs: 0 }).then((lock) => lock.release()));
  await attempt(() => store.close());
  say({ done: folder, codes, wrong, missing });
}
process.disconnect?.();
