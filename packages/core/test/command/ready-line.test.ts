import { expect, it } from 'vitest';
import { readyLine } from '../../dist/command/start/ready-line.js';
import type { WorkerStatus } from '../../dist/worker-status.js';

const worker = (slot: number, addresses: string[], state: WorkerStatus['state'] = 'ready') => ({
  ...{ slot, state, addresses, role: 'worker', generation: 1 },
  ...{ uptimeMs: 1, restarts: 0, crashes: 0 },
});

it.each([
  {
    workers: [worker(0, ['http://127.0.0.1:3000']), worker(1, ['http://127.0.0.1:3000'])],
    endpoints: { control: '/run/muster/shop.sock' },
    message:
      'shop is ready: 2 workers on http://127.0.0.1:3000 (pid 7, control /run/muster/shop.sock)',
  },
  {
    workers: [worker(0, ['https://[::]:443', '/run/app.sock']), worker(1, [], 'stopped')],
    endpoints: { control: '/run/shop.sock', admin: 'http://127.0.0.1:9100' },
    message:
      'shop is ready: 1 worker on https://localhost:443, /run/app.sock (pid 7, control /run/shop.sock, admin http://127.0.0.1:9100)',
  },
  { workers: [worker(0, [])], endpoints: {}, message: 'server is ready: 1 worker (pid 7)' },
])('says $message', ({ workers, endpoints, message }) => {
  expect(readyLine({ pid: 7, workers }, endpoints, '/srv/server.js').message).toBe(message);
});
