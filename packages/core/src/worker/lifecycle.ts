// The life of a worker, as its primary sees it: hello, ready, drain.

import cluster from 'node:cluster';
import { nextTick, setTimer } from '@muster/codec/timers';
import { AUTO_WITH_SERVER, onLifecycle, sendLifecycle } from '../channel/lifecycle-message.js';
import { MAX_ADDRESSES } from '../channel/listen-address.js';
import { raiseListenerLimit } from '../process/listener-limit.js';
import { setProcessTitle } from '../process/process-title.js';
import { makeOutputReliable } from '../process/reliable-output.js';
import { trace } from '../process/trace.js';
import { holdSignals, onHeldSignal } from './app/signals.js';
import { crashWith } from './app/start-failure.js';
import { onAppDisconnect } from './app-disconnect.js';
import { captureOnDemand } from './captures/on-demand.js';
import { drainAndExit } from './drain/drain.js';
import { drainSettings } from './drain/drain-settings.js';
import { announceExit } from './exit-notice.js';
import { hideInspectorFlags } from './health/inspector-flags.js';
import { scheduleHeartbeats } from './health/schedule.js';
import { reportHolding } from './holding.js';
import { exitWhenIdle, stayAlive } from './ready/idle-exit.js';
import { readyAsUnderPm2 } from './ready/pm2.js';
import { untilFirstListens, untilListening, untilListeningOrSettled } from './ready/readiness.js';
import { listenAddresses, onListenChange, trackUdp } from './servers/listen-tracker.js';
import { trackServers } from './servers/servers.js';
import { prepareSocketFiles } from './servers/socket-files.js';

/** Milliseconds that a line waits for room in a full pipe. A busy primary goes on reading within this time. */
const PRINT_TIMEOUT_MS = 500;

/**
 * Tells the primary that this worker serves. Needed only with `ready: 'ready()'`. Outside a cluster, or when called again,
 * it does nothing.
 *
 * @example
 * await database.connect();
 * ready();
 */
export function ready(): void {
  if (!cluster.isWorker) return;
  stayAlive();
  trace('this worker is ready');
  void sendLifecycle(process, { type: 'ready' });
}

/** Runs the app's code as a worker, which can drain from the start, and is ready as `when` says. */
export async function runWorker(code: () => unknown, when: string | undefined): Promise<void> {
  raiseListenerLimit(process, ...(cluster.worker ? [cluster.worker] : []));
  if (process.env.MUSTER_TITLE) setProcessTitle(process.env.MUSTER_TITLE);
  makeOutputReliable({ timeoutMs: PRINT_TIMEOUT_MS, ownStderr: true });
  hideInspectorFlags(process.env);
  trackServers();
  trackUdp();
  prepareSocketFiles();
  reportAddresses();
  if (process.env.MUSTER_STICKY)
    (await import('./servers/sticky-servers.js')).listenThroughPrimary();
  onLifecycle(process, (message) => {
    if (message.type === 'drain') void leave(message.timeoutMs);
  });
  deferSignalsToPrimary(drainSettings().signal);
  onAppDisconnect(retire);
  cluster.worker?.once('disconnect', drainAsOrphan);
  captureOnDemand();
  announceExit();
  reportHolding();
  void sendLifecycle(process, { type: 'hello' });
  scheduleHeartbeats(process.env);
  if (when === 'ready()') readyAsUnderPm2(ready);
  if (when === 'online') ready();
  if (when === 'listening') void untilFirstListens().then(ready);
  try {
    await code();
  } catch (error) {
    return crashWith(error);
  }
  exitWhenIdle();
  // Not waited for, because the code after startCluster() in the app may be what listens.
  if (when === AUTO_WITH_SERVER) void untilListening().then(ready);
  if (when === undefined || when === 'auto') {
    const { MUSTER_SETTLE_MS, MUSTER_SETTLE_MOST_MS } = process.env;
    const [settleMs, mostMs] = [Number(MUSTER_SETTLE_MS ?? 0), Number(MUSTER_SETTLE_MOST_MS)];
    void untilListeningOrSettled(settleMs, mostMs).then(ready);
  }
}

/** At most once a turn, because it sends all of them each time. */
function reportAddresses(): void {
  let waits = false;
  const tell = () => {
    waits = false;
    const addresses = listenAddresses().slice(0, MAX_ADDRESSES);
    void sendLifecycle(process, { type: 'listens', addresses });
  };
  onListenChange(() => {
    if (!waits) nextTick(tell);
    waits = true;
  });
}

/**
 * A terminal sends these signals to the workers as well, and the primary handles them for all. Without a listener they
 * would end or stop the worker.
 *
 * @param held whether the app's own listeners for SIGTERM and SIGINT wait for the drain
 */
function deferSignalsToPrimary(held: boolean): void {
  const signals: NodeJS.Signals[] = ['SIGHUP'];
  if (process.platform !== 'win32') signals.push('SIGTTIN', 'SIGTTOU');
  if (!held) signals.push('SIGINT');
  for (const signal of signals) process.on(signal, () => {});
  if (!held) process.on('SIGTERM', retire);
  else {
    holdSignals();
    onHeldSignal((signal) => signal === 'SIGTERM' && retire());
  }
}

let retiring = false;

/**
 * The primary brings in another worker first, and then drains this one; asking twice changes nothing. If the primary does
 * not even answer, the worker drains by itself.
 */
function retire(): void {
  if (retiring) return;
  retiring = true;
  const drain = () => void leave();
  trace('this worker was asked to end, and asks for a successor');
  if (!process.connected) {
    drain();
    return;
  }
  const unanswered = setTimer(drain, drainSettings().timeoutMs).unref();
  onLifecycle(process, ({ type }) => type === 'retire' && unanswered.clear());
  void sendLifecycle(process, { type: 'retire' });
}

/** The primary died. Without this flag, Node would exit at once and lose the requests in progress. */
function drainAsOrphan(): void {
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  void leave();
}

async function leave(timeoutMs?: number): Promise<void> {
  const settings = drainSettings();
  await drainAndExit(timeoutMs === undefined ? settings : { ...settings, timeoutMs });
}
