// How a worker ends: servers are closed lazily, the app's `onDrain` listeners run, what was sent is handed over.
import { onControl, sendControl } from '../control.js';
import { hasBus } from './bus-presence.js';
import { drainListeners } from './drain-listeners.js';
import { lazyClose } from './lazy-close.js';
import { trackedServers } from './servers.js';

/** Milliseconds that the primary is ahead in ending a drain that takes too long: it reports what it does. */
const PRIMARY_FIRST_MS = 1_000;

let draining: Promise<void> | undefined;

/**
 * Drains once, then exits with 0. The primary kills a worker that takes too long; where there is no primary
 * any more, `timeoutMs` ends it.
 */
export function drainAndExit(timeoutMs: number): Promise<void> {
  draining ??= drain(timeoutMs);
  return draining;
}

async function drain(timeoutMs: number): Promise<void> {
  const deadline = setTimeout(() => process.exit(1), timeoutMs + PRIMARY_FIRST_MS);
  const closed = trackedServers().map(lazyClose);
  await Promise.all([...closed, farewell(), ...drainListeners().map(runListener)]);
  if (hasBus()) await (await import('@muster/bus')).createBus().close();
  clearTimeout(deadline);
  process.exit(0);
}

/**
 * Settles when nothing is under way between this worker and the primary.
 *
 * Without it connections would be lost: the primary may hand one over before it has seen that the servers here are
 * closed. Node refuses it, and the primary gives it to another worker; but only while this one lives to refuse.
 */
async function farewell(): Promise<void> {
  const answered = new Promise<void>((resolve) => {
    onControl(process, ({ type }) => type === 'farewell' && resolve());
    process.once('disconnect', resolve);
  });
  if (!process.connected) return;
  await sendControl(process, { type: 'farewell' });
  await answered;
  await sendControl(process, { type: 'farewell' });
}

async function runListener(listener: () => unknown): Promise<void> {
  try {
    await listener();
  } catch (error) {
    console.error('muster: an onDrain listener failed; the drain goes on.', error);
  }
}
