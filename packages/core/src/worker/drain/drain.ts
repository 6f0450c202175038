/**
 * How a worker ends.
 *
 * 1. Its servers take no new connections, its queues no new jobs, and its `onDrain` listeners are called.
 * 2. The farewell with the primary: after it, nothing is on its way any more.
 * 3. No more requests can arrive over its connections, and those that did are answered, or take long.
 * 4. The app's own listeners for SIGTERM are called, and connections without an end of their own are closed: WebSockets,
 *    event streams.
 * 5. When its servers are closed and all listeners are done, the process ends: at once, or, where the app handles
 *    SIGTERM, when nothing keeps it alive.
 */
import { performance } from 'node:perf_hooks';
import { exit } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '../../process/trace.js';
import { onHeldSignal } from '../app/signals.js';
import type { Connections } from '../servers/connections.js';
import { trackedServers } from '../servers/servers.js';
import { callSignalListeners, hasSignalListeners } from './app-signal.js';
import { closeServer } from './close-server.js';
import { DeferredExit } from './deferred-exit.js';
import { drainListeners } from './drain-listeners.js';
import type { DrainSettings } from './drain-settings.js';
import { after, divideDrainTime } from './drain-time.js';
import { exitAfterDrain } from './exit-after-drain.js';
import { farewell } from './farewell.js';
import { closeLongLived, countRequests, endWhatIsLeft } from './long-lived.js';
import { tellPackages } from './tell-packages.js';

/** Milliseconds that the primary has to end an overlong drain first, because it reports that. */
const PRIMARY_FIRST_MS = 1_000;
/** Milliseconds between checks for requests in progress. */
const POLL_MS = 50;
/** Milliseconds for the app to close its long-lived connections itself, after its listeners were called. */
const HEAD_START_MS = 1_000;

let draining: Promise<void> | undefined;

/**
 * Drains once, then exits. The primary kills a worker that takes too long; if there is no primary any more, the worker ends
 * itself.
 */
export function drainAndExit(settings: DrainSettings): Promise<void> {
  draining ??= drain(settings);
  return draining;
}

async function drain({ timeoutMs, paceMs, signal }: DrainSettings): Promise<void> {
  const { requestsMs, lastCallMs } = divideDrainTime(timeoutMs);
  const startedAt = performance.now();
  const leftMs = () => startedAt + lastCallMs - performance.now();
  after(timeoutMs + PRIMARY_FIRST_MS, () => exit(1));

  trace('the drain begins: %d ms', timeoutMs);
  const servers = trackedServers().map(closeServer);
  const connections = servers.map((server) => server.connections);
  const listeners = drainListeners();
  const packages = tellPackages().map((end) => run(() => end));
  const closed = servers.map((server) => server.closed);
  const served = Promise.all([...closed, ...listeners.map(run), ...packages]);
  const lastCall = new Promise<void>((resolve) => after(lastCallMs, resolve));
  void lastCall.then(() => connections.forEach(endWhatIsLeft));
  await Promise.all([farewell(), ...servers.map(({ quiet }) => quiet)]);
  trace('no request can come any more');

  const handlesSignals = signal && hasSignalListeners();
  if (handlesSignals) await requestsAnswered(connections, requestsMs);
  const app = handlesSignals ? shutDown() : undefined;
  const over = new AbortController();
  after(app || listeners.length > 0 ? HEAD_START_MS : 0, () => {
    void closeLongLived(connections, { paceMs, leftMs: leftMs(), signal: over.signal });
  });
  const asked = app?.exit.asked.then(() => Promise.race([served, lastCall]));
  await Promise.race([Promise.all([served, app?.done]), ...(asked ? [asked] : [])]);
  over.abort();
  trace('the drain is over');
  await exitAfterDrain(app?.exit, leftMs());
}

/** The app's listeners may call `process.exit()` at once; accepted requests are answered before that. */
function shutDown() {
  const exit = new DeferredExit();
  const done = callSignalListeners();
  // Listeners that have removed themselves may send the signal again, to end the process.
  onHeldSignal(() => {
    if (!hasSignalListeners()) exit.ask();
  });
  return { exit, done };
}

async function requestsAnswered(connections: readonly Connections[], withinMs: number) {
  const until = performance.now() + withinMs;
  while (connections.some(countRequests) && performance.now() < until) await sleep(POLL_MS);
}

async function run(listener: () => unknown): Promise<void> {
  try {
    await listener();
  } catch (error) {
    console.error('muster: an onDrain listener failed; the drain goes on.', error);
  }
}
