import { describe, expect, it } from 'vitest';
import { readiness } from '../../dist/extensions/admin/readiness.js';
import type { ClusterStatus } from '../../dist/index.js';

describe('the readiness of a cluster', () => {
  const status = (state: ClusterStatus['state'], ...roles: [ready: number, workers: number][]) => ({
    pid: 1,
    uptimeMs: 1,
    state,
    roles: roles.map(([ready, workers], n) => ({
      role: `role${n}`,
      ready,
      workers,
      state: 'running' as const,
    })),
    addresses: [],
    workers: [],
  });

  it.each<[ClusterStatus, number, boolean]>([
    [status('running', [4, 4]), 1, true],
    [status('running', [3, 4]), 1, false],
    [status('running', [2, 4]), 0.5, true],
    [status('running', [1, 4]), 0.5, false],
    [status('running', [1, 4]), 0.01, true],
    [status('running', [0, 4]), 0.01, false],
    [status('running', [2, 2], [0, 1]), 0.5, true],
    [status('running', [2, 2], [0, 1]), 1, false],
    [status('starting', [4, 4]), 1, true],
    [status('stopping', [4, 4]), 0.5, false],
    [status('stopped', [0, 4]), 0.5, false],
  ])('%j of a quorum of %d', (given, quorum, ready) => {
    expect(readiness(given, quorum).ready).toBe(ready);
  });
});
