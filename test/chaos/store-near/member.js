// Writes, or reads by a near cache, until it is told to stop, and then tells what it recorded. argv: URL, namespace, `write` or
// `read`, maxStaleMs.
import { createSharedStore } from '@muster/store';

const [url = '', name = '', role, maxStaleMs] = process.argv.slice(2);
const KEYS = ['a', 'b', 'c', 'd'];
const store = createSharedStore({ url, deadlineMs: 10_000 });
const near = role === 'read' && { maxStaleMs: Number(maxStaleMs) };
const view = /** @type {import('@muster/store').StoreView<number>} */ (
  store.namespace(name, { near })
);
/** @type {import('./history.js').Recorded[]} */
const history = [];
let stopped = false;

const by = process.pid;
const now = () => Number(process.hrtime.bigint()) / 1e6;
/** So that there is a history of which one can tell. */
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const pick = () => /** @type {string} */ (KEYS[Math.floor(Math.random() * KEYS.length)]);

/** @param {string} key @param {number} value @returns whether it was acknowledged */
async function write(key, value) {
  const start = now();
  const isDone = await view.set(key, value).catch(() => false);
  if (isDone) history.push({ call: 'write', by, key, value, start, end: now() });
  return isDone;
}

/** @param {string} key */
async function read(key) {
  const start = now();
  const value = await view.get(key).then(
    (given) => given ?? 0,
    () => undefined,
  );
  if (value !== undefined) history.push({ call: 'read', by, key, value, start, end: now() });
}

async function writeAll() {
  for (let value = 1; !stopped; value++) {
    await write(pick(), value);
    await pause(5);
  }
}

async function readAll() {
  let written = 0;
  let keys = 0;
  /** Reads what it has just written: from the server, from the near cache, and once more after the next write. */
  const readOwn = async () => {
    for (let n = 0; n < 2; n++) {
      const key = `own ${by} ${keys}`;
      // A write of which nobody knows may still come to pass, after a later one.
      if (!(await write(key, ++written))) keys++;
      for (let reads = 0; reads < 2; reads++) await read(key);
    }
  };
  // Until it had something to get wrong, however slow the machine is.
  for (let n = 0; !stopped || store.near.gaps === 0 || store.near.hits === 0; n++) {
    await read(pick());
    if (n % 50 === 0) await readOwn();
    if (n % 5 === 0) await pause(1);
  }
}

process.on('message', (/** @type {string | { block: number }} */ message) => {
  if (typeof message === 'object') {
    const until = performance.now() + message.block;
    while (performance.now() < until);
  } else stopped = true;
});
await store.ready();
// Its feed is live: a connection that is cut is a gap.
while (near && store.near.hits === 0) {
  await view.get('warm');
  await pause(1);
}
process.send?.('ready');
await (role === 'write' ? writeAll() : readAll());
// What is still on its way when the channel closes is lost.
await new Promise((sent) => process.send?.(history, sent));
process.disconnect();
await store.close();
