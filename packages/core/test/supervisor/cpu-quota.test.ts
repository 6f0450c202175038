import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { autoWorkers, cpuQuota, workersFor } from '../../dist/supervisor/options/cpu-quota.js';

const reader = (files: Record<string, string>) => (path: string) => files[path];

const V1_FILES = (folder: string, quota: number) => ({
  [`${folder}/cpu.cfs_quota_us`]: `${quota}\n`,
  [`${folder}/cpu.cfs_period_us`]: '100000\n',
});

describe('the quota of the cgroups', () => {
  it.each<[string, Record<string, string>, number]>([
    ['no cgroups at all (macOS, Windows)', {}, Infinity],
    ['v2, the root group, which has no cpu.max', { '/proc/self/cgroup': '0::/\n' }, Infinity],
    [
      'v2 in a container with a namespace of its own',
      { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '150000 100000\n' },
      1.5,
    ],
    [
      'v2 without a limit',
      { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' },
      Infinity,
    ],
    [
      'v2 under systemd, limited in the slice above',
      {
        '/proc/self/cgroup': '0::/system.slice/app.service\n',
        '/sys/fs/cgroup/system.slice/cpu.max': '200000 100000\n',
        '/sys/fs/cgroup/system.slice/app.service/cpu.max': '400000 100000\n',
      },
      2,
    ],
    [
      'v2, limited in the group itself',
      {
        '/proc/self/cgroup': '0::/a/b\n',
        '/sys/fs/cgroup/a/cpu.max': 'max 100000\n',
        '/sys/fs/cgroup/a/b/cpu.max': '50000 100000\n',
      },
      0.5,
    ],
    [
      'v1 in a container: the path is that of the host, the mount that of the container',
      {
        '/proc/self/cgroup': '11:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n',
        ...V1_FILES('/sys/fs/cgroup/cpu', 300_000),
      },
      3,
    ],
    [
      'v1 mounted under the names of both controllers',
      {
        '/proc/self/cgroup': '4:cpuacct,cpu:/app\n',
        ...V1_FILES('/sys/fs/cgroup/cpuacct,cpu/app', 250_000),
      },
      2.5,
    ],
    [
      'v1 without a limit',
      { '/proc/self/cgroup': '4:cpu:/\n', ...V1_FILES('/sys/fs/cgroup/cpu', -1) },
      Infinity,
    ],
    [
      'v1 and v2 together (hybrid), the smaller one',
      {
        '/proc/self/cgroup': '4:cpu:/\n0::/app\n',
        ...V1_FILES('/sys/fs/cgroup/cpu', 300_000),
        '/sys/fs/cgroup/app/cpu.max': '100000 100000\n',
      },
      1,
    ],
    [
      'a group outside of the namespace',
      { '/proc/self/cgroup': '0::/../other\n', '/sys/fs/cgroup/cpu.max': '100000 50000\n' },
      2,
    ],
    [
      'nonsense in the files',
      { '/proc/self/cgroup': 'x\n0::/\n:::\n', '/sys/fs/cgroup/cpu.max': '0 0\n' },
      Infinity,
    ],
  ])('%s', (_what, files, cores) => {
    expect(cpuQuota(reader(files))).toBe(cores);
  });
});

describe("workers: 'auto'", () => {
  it.each([
    { cores: 8, quota: Infinity, workers: 8 },
    { cores: 8, quota: 2, workers: 2 },
    { cores: 8, quota: 1.5, workers: 2 },
    { cores: 8, quota: 1.2, workers: 1 },
    { cores: 8, quota: 0.1, workers: 1 },
    { cores: 2, quota: 64, workers: 2 },
    { cores: 1, quota: Infinity, workers: 1 },
  ])('$cores cores under a quota of $quota: $workers', ({ cores, quota, workers }) => {
    expect(workersFor(cores, quota)).toBe(workers);
  });

  it('on this machine is at least 1, and at most its cores', () => {
    const workers = autoWorkers();
    expect(workers).toBeGreaterThanOrEqual(1);
    expect(workers).toBeLessThanOrEqual(availableParallelism());
  });
});
