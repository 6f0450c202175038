// The cluster of muster-module.js with an admin endpoint, and the console where `CONSOLE` is set. Tells where it is.
// @ts-check
import { env } from 'node:process';
import { startCluster } from '@muster/core/cluster';

/** @type {Record<string, string>} */
const told = {};
const note = (/** @type {Record<string, unknown>} */ { event, address, path }) => {
  if (event === 'admin.listening') told.address = String(address);
  if (event === 'control.open') told.socket = String(path);
};
await startCluster({
  worker: new URL('./serving.js', import.meta.url),
  workers: Number(env.WORKERS),
  ready: { timeoutMs: 120_000 },
  admin: { port: 0, console: env.CONSOLE === '1' },
  logger: { info: note, warn: note, error: note },
});
process.send?.(told);
