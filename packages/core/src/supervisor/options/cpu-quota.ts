// How many workers `'auto'` means: the cores that this process may use, and no more than its cgroups grant.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { posix } from 'node:path';

/** The text of a file, or `undefined` where there is none. */
export type ReadText = (path: string) => string | undefined;

/** For `workers: 'auto'`. `os.availableParallelism()` knows the cores, but on Node 20 no quota. */
export function autoWorkers(read: ReadText = readText, cores = availableParallelism()): number {
  return workersFor(cores, cpuQuota(read));
}

/**
 * A quota is rounded to the nearest: with 1.5 cores two workers use all of it, with 1.2 they would only get into
 * each other's way. Never more than the cores, and at least 1.
 */
export function workersFor(cores: number, quota: number): number {
  return Math.max(1, Math.min(cores, Math.round(quota)));
}

/**
 * Cores that the cgroups of this process grant, a fraction maybe; `Infinity` where nothing limits them. A limit
 * counts wherever it is set, in the group itself or in one above it, so the smallest is taken.
 * Sources: cgroups(7), and Documentation/admin-guide/cgroup-v2.rst of Linux, "cpu.max".
 */
export function cpuQuota(read: ReadText = readText): number {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n');
  const quotas = groups.flatMap((line) => {
    const [, id, controllers, path] = line.match(/^(\d+):([^:]*):(\/.*)$/) ?? [];
    if (path === undefined || controllers === undefined) return [];
    if (id === '0' && controllers === '') {
      return ancestors('/sys/fs/cgroup', path).map((folder) => quotaV2(folder, read));
    }
    if (!controllers.split(',').includes('cpu')) return [];
    return ['cpu', controllers].flatMap((mount) =>
      ancestors(`/sys/fs/cgroup/${mount}`, path).map((folder) => quotaV1(folder, read)),
    );
  });
  return Math.min(Number.POSITIVE_INFINITY, ...quotas);
}

/**
 * The folder of a group and those above it, up to the mount. In a container the path may be that of the host, which
 * is not there; the mount itself then stands for the container's group.
 */
function ancestors(mount: string, path: string): string[] {
  const folders = [mount];
  for (let at = posix.normalize(path); at !== '/' && at !== '.'; at = posix.dirname(at)) {
    if (!at.startsWith('/..')) folders.push(posix.join(mount, at));
  }
  return folders;
}

/** `cpu.max` is `<quota> <period>` in microseconds, or `max <period>`. */
function quotaV2(folder: string, read: ReadText): number {
  const [quota, period] = (read(`${folder}/cpu.max`) ?? '').trim().split(' ');
  return coresOf(Number(quota), Number(period ?? 100_000));
}

/** A quota of -1 is none. */
function quotaV1(folder: string, read: ReadText): number {
  const quota = read(`${folder}/cpu.cfs_quota_us`);
  const period = read(`${folder}/cpu.cfs_period_us`);
  return coresOf(Number(quota ?? Number.NaN), Number(period ?? Number.NaN));
}

function coresOf(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
