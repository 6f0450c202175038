// Measures this worker in regular intervals, and tells the primary.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Heartbeat, onHealthControl, sendHealth } from '../../heartbeat.js';
import { requestCount } from '../connections.js';
import { trackedServers } from '../servers.js';
import { takeBusInterval } from './bus-interval.js';
import { inspectorState } from './inspector.js';
import { memory } from './memory.js';
import { observeStore, takeStoreInterval } from './store-calls.js';

/** Milliseconds between two looks at the delay of the event loop: each is a wake-up. */
const RESOLUTION_MS = 20;

/** Keeps no process alive. */
export function startHeartbeats(everyMs: number): void {
  onHealthControl(process, (control) => {
    if (control.type === 'observe') observeStore(control.store);
  });
  const measure = createMeasure();
  const beat = async () => sendHealth(process, await measure());
  setInterval(beat, everyMs).unref();
  void beat();
}

function createMeasure(): () => Promise<Heartbeat> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let at = performance.now();
  let cpu = process.cpuUsage();
  let loop = performance.eventLoopUtilization();
  let requests = requestCount();

  return async () => {
    const before = { at, cpu, loop, requests };
    at = performance.now();
    cpu = process.cpuUsage();
    loop = performance.eventLoopUtilization();
    requests = requestCount();
    // The histogram has the whole time from one look to the next, of which the resolution is no delay. Empty, it is NaN.
    const p99Ms = delay.percentile(99) / 1e6 - RESOLUTION_MS || 0;
    delay.reset();
    const bus = await takeBusInterval();
    const store = takeStoreInterval();
    return {
      intervalMs: at - before.at,
      cpuMs: (cpu.user - before.cpu.user + cpu.system - before.cpu.system) / 1_000,
      ...memory(),
      eventLoopDelayP99Ms: Math.max(0, p99Ms),
      eventLoopUtilization: performance.eventLoopUtilization(loop, before.loop).utilization,
      connections: await openConnections(),
      requests: requests - before.requests,
      ...inspectorState(),
      ...(bus && { bus }),
      ...(store && { store }),
    };
  };
}

/**
 * What every server says within this turn. One that the app shares with processes of its own asks those first, and they
 * may never answer: a heartbeat does not wait for them.
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
