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
/** @type {import('./staleness.js').Recorded[]} */
const history = [];
let stopped = false;
/** Values of its own that it was not given back. */
let notOwn = 0;

const now = () => Number(process.hrtime.bigint()) / 1e6;
/** So that there is a history of which one can tell. */
const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const pick = () => /** @type {string} */ (KEYS[Math.floor(Math.random() * KEYS.length)]);

async function write() {
  for (let value = 1; !stopped; value++) {
    const key = pick();
    const start = now();
    const isDone = await view.set(key, value).catch(() => false);
    if (isDone) history.push({ call: 'write', key, value, start, end: now() });
    await pause(5);
  }
}

async function read() {
  const own = `own ${process.pid}`;
  let written = 0;
  // Until it had something to get wrong, however slow the machine is.
  for (let n = 0; !stopped || store.near.gaps === 0 || store.near.hits === 0; n++) {
    const key = pick();
    const start = now();
    const value = await view.get(key).catch(() => undefined);
    const end = now();
    if (value !== undefined) history.push({ call: 'read', key, value, start, end });
    if (n % 50 === 0) {
      // After a write of which nobody knows, it begins a new key.
      if (await view.set(`${own} ${n}`, ++written).then(Boolean, () => false)) {
        const given = await view.get(`${own} ${n}`).catch(() => written);
        const again = await view.get(`${own} ${n}`).catch(() => written);
        const isSet = await view.set(`${own} ${n}`, -written).catch(() => false);
        const after = isSet ? await view.get(`${own} ${n}`).catch(() => -written) : -written;
        if (given !== written || again !== written || after !== -written) notOwn++;
      }
    }
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
await (role === 'write' ? write() : read());
// What is still on its way when the channel closes is lost.
await new Promise((sent) => process.send?.({ history, notOwn }, sent));
process.disconnect();
await store.close();
