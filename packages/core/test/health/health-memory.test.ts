import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeTimersGlobal } from '../../../../test/support/fakeable-timers.js';
import type { Heartbeat } from '../../dist/channel/heartbeat.js';
import type { ReplaceOptions } from '../../dist/cluster-extension.js';
import type { Supervision, WorkerHandle } from '../../dist/extensions/extension.js';
import { Health, type RoleHealth } from '../../dist/extensions/health/health.js';

const LIMIT = 100 * 1_048_576;

const ROLE = {
  role: 'worker',
  health: { hungAfterMs: 0, maxRssBytes: LIMIT, maxAgeMs: 0 },
} satisfies RoleHealth;

const HEARTBEAT: Heartbeat = {
  intervalMs: 1_000,
  nextMs: 1_000,
  cpuMs: 0,
  rssBytes: 2 * LIMIT,
  ownBytes: 2 * LIMIT,
  heapUsedBytes: 0,
  eventLoopDelayP99Ms: 0,
  eventLoopUtilization: 0,
  connections: 0,
  requests: 0,
  inspectorUrl: '',
  opensInspector: true,
};

let bringBack = () => {};

beforeEach(() => {
  bringBack = makeTimersGlobal();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
  bringBack();
});

/** A worker that serves, and has too much memory from the start. */
function tooBig(generation: number): WorkerHandle {
  return {
    ...{ slot: 0, generation, role: 'worker' },
    ...{ takesConnections: true, opensInspectorInSecret: false },
    info: { slot: 0, generation, role: 'worker', pid: 1, state: 'ready', startedAt: 0 },
    process: new EventEmitter() as Worker['process'],
    hangs() {},
  };
}

it('the successor of one that outgrew its memory is given time, also where the first successor failed', async () => {
  const health = new Health([ROLE], { observe: false });
  const fork = (generation: number) => {
    const handle = tooBig(generation);
    health.workerForked(handle);
    handle.process.emit('internalMessage', { cmd: 'NODE_MUSTER_HEALTH', message: HEARTBEAT });
    return handle;
  };
  const first = fork(1);
  let attempts = 0;
  const replace = async (_slot: number, { generation }: ReplaceOptions) => {
    attempts += 1;
    if (generation !== 1) return;
    const { info } = fork(1 + attempts);
    const gone = attempts === 1 ? info : first.info;
    health.workerExited({
      ...gone,
      state: 'exited',
      code: 0,
      signal: null,
      planned: true,
      stderr: [],
    });
    if (attempts === 1) throw new Error('it failed');
  };
  const log = { info() {}, warn() {}, error() {} };
  await health.start({ replace, log } as unknown as Supervision);

  await vi.advanceTimersByTimeAsync(1_000);
  expect(attempts).toBe(1);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(attempts).toBe(2);
  await vi.advanceTimersByTimeAsync(8_000);
  expect(attempts).toBe(2);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(attempts).toBe(3);
  health.stopped();
});
