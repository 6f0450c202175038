/**
 * Measures this worker at intervals, and reports to the primary. A worker that does nothing is measured rarely, because
 * each time wakes two processes.
 */
import { performance } from 'node:perf_hooks';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { type Heartbeat, onObserveRequest, sendHealthMessage } from '../../channel/heartbeat.js';
import { observeStore, takeStoreInterval } from '../metrics/store-calls.js';
import { observeResponses, takeResponses } from '../servers/response-times.js';
import { trackedServers } from '../servers/servers.js';
import { isBusy, isQuiet } from './activity.js';
import { findBus } from './bus-totals.js';
import { inspectorState } from './inspector.js';
import { measureClosely, takeLoopDelay } from './loop-delay.js';
import { memory } from './memory.js';
import { processTotals } from './totals.js';

/** Milliseconds between heartbeats of a worker that is busy, and of one that does nothing. */
export interface HeartbeatIntervals {
  readonly everyMs: number;
  readonly idleEveryMs: number;
}

/** Keeps no process alive. */
export function startHeartbeats({ everyMs, idleEveryMs }: HeartbeatIntervals): void {
  const measure = createMeasure();
  let timer: NodeJS.Timeout | undefined;
  let dueAt = performance.now();
  let closely = false;
  let last: Omit<Heartbeat, 'nextMs'> | undefined;

  const beat = async (lateMs: number) => {
    const measured = await measure(lateMs);
    const quiet = !closely && last !== undefined && isQuiet(measured, last);
    last = measured;
    measureClosely(closely || isBusy(measured));
    const nextMs = quiet ? idleEveryMs : everyMs;
    sendHealthMessage(process, { ...measured, nextMs });
    clearTimeout(timer);
    dueAt = performance.now() + nextMs;
    timer = setTimeout(due, nextMs).unref();
  };
  const due = () => beat(performance.now() - dueAt);

  onObserveRequest(process, (request) => {
    observeStore(request.store);
    observeResponses(request.store);
    const begins = request.closely && !closely;
    closely = request.closely;
    if (begins) void beat(0);
  });
  void beat(0);
}

function createMeasure(): (lateMs: number) => Promise<Omit<Heartbeat, 'nextMs'>> {
  let at: number | undefined;
  let loop = performance.eventLoopUtilization();

  return async (lateMs) => {
    await findBus();
    const before = { at, loop };
    at = performance.now();
    loop = performance.eventLoopUtilization();
    const totals = processTotals();
    const store = takeStoreInterval();
    const responses = takeResponses();
    return {
      ...totals,
      intervalMs: at - (before.at ?? at),
      ...memory(),
      eventLoopDelayP99Ms: takeLoopDelay(lateMs),
      eventLoopUtilization: performance.eventLoopUtilization(loop, before.loop).utilization,
      connections: await openConnections(),
      ...inspectorState(),
      ...(store && { store }),
      ...(responses && { responses }),
    };
  };
}

/**
 * Sums what each server answers within this turn. A server that the app shares with its own child processes asks those
 * first, and they may never answer: a heartbeat does not wait for them.
 */
async function openConnections(): Promise<number> {
  let open = 0;
  for (const { server } of trackedServers()) {
    server.getConnections((_error, count) => {
      open += count ?? 0;
    });
  }
  await new Promise((resolve) => setImmediate(resolve));
  return open;
}
