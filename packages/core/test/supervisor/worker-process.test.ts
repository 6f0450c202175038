import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { WorkerAddresses } from '../../dist/supervisor/process/worker-addresses.js';
import { WorkerProcess } from '../../dist/supervisor/process/worker-process.js';

it('a worker asks once to be replaced, however often it says so', () => {
  const child = new EventEmitter();
  const on = vi.fn();
  new WorkerProcess({
    identity: { slot: 0, generation: 1, role: 'worker' },
    release: { file: 'worker.js', cwd: undefined, env: {} },
    worker: Object.assign(new EventEmitter(), { process: child }) as unknown as Worker,
    output: { ended: async () => [] },
    gate: { open: true },
    addresses: new WorkerAddresses(),
    opensInspectorInSecret: false,
    lacksServer: () => false,
    overdue() {},
    stuck: () => {},
    on,
    oomKilled: () => false,
    async settle() {},
  });
  for (let time = 0; time < 1_000; time += 1) {
    child.emit('internalMessage', { cmd: 'NODE_MUSTER_CORE', type: 'retire' });
  }
  expect(on.mock.calls).toEqual([['retires']]);
});
