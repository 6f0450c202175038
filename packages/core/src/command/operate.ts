// The commands that change a running cluster, and print the outcome.
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_WORKERS } from '../checks/option-checks.js';
import type { ReloadResult } from '../cluster.js';
import type { WorkerInfo } from '../worker-status.js';
import { print, withCluster } from './cluster/cluster-call.js';
import type { Target } from './cluster/clusters.js';
import { CommandFailure, exits } from './line/failure.js';
import { duration } from './view/units.js';

/** Milliseconds for an answer that takes no work. */
const TIMEOUT_MS = 10_000;
/** Milliseconds between two checks whether a process is gone. */
const POLL_MS = 50;

export async function reload(
  role: string | undefined,
  { allowMissing = false, ...target }: Target & { allowMissing?: boolean },
): Promise<void> {
  await withCluster(target, async ({ client }) => {
    const result = (await client.call('reload', {
      ...(role !== undefined && { role }),
      allowMissing,
    })) as ReloadResult;
    print(`reloaded ${workers(result.replaced.length)} in ${duration(result.durationMs)}`);
  });
}

export async function scale(counts: readonly string[], target: Target): Promise<void> {
  const workers = parseCounts(counts);
  await withCluster(target, async ({ client }) => {
    await client.call('scale', { workers });
    print(`scaled to ${counts.join(' ')}`);
  });
}

export async function restart(slot: number, target: Target): Promise<void> {
  await withCluster(target, async ({ client }) => {
    const worker = (await client.call('restart', { slot })) as WorkerInfo;
    print(`slot ${slot} restarted: pid ${worker.pid}, generation ${worker.generation}`);
  });
}

export async function stop(target: Target & { force?: boolean }): Promise<void> {
  await withCluster(target, async ({ client, name, pid }) => {
    await client.call('stop', { force: target.force ?? false }, { timeoutMs: TIMEOUT_MS });
    await client.closed;
    while (isAlive(pid)) await delay(POLL_MS);
    print(`${name} stopped`);
  });
}

/** `4`, or `web=4 jobs=1`. */
function parseCounts(counts: readonly string[]): number | Record<string, number> {
  const parsed = counts.map((count) => /^(?:([^=]+)=)?(\d+)$/.exec(count));
  const many = counts.find((_, index) => Number(parsed[index]?.[2]) > MAX_WORKERS);
  if (many !== undefined) {
    throw new CommandFailure(
      `${JSON.stringify(many)}: at most ${MAX_WORKERS} workers.`,
      exits.usage,
    );
  }
  const bad = counts.find((_, index) => !parsed[index]);
  if (bad !== undefined) {
    throw new CommandFailure(
      `${JSON.stringify(bad)} is not a number of workers: give one, such as 4, or one for a role, such as web=4.`,
      exits.usage,
    );
  }
  const entries = parsed.map((match) => [match?.[1], Number(match?.[2])] as const);
  const roles = entries.map(([role]) => role).filter((role) => role !== undefined);
  const twice = roles.find((role, index) => roles.indexOf(role) < index);
  if (twice !== undefined) {
    throw new CommandFailure(`The role ${twice} is given twice. Give one number.`, exits.usage);
  }
  const [first] = entries;
  if (entries.length === 1 && first && first[0] === undefined) return first[1];
  if (entries.every(([role]) => role !== undefined)) return Object.fromEntries(entries);
  throw new CommandFailure('Give one number, or role=number for each role.', exits.usage);
}

function workers(count: number): string {
  return count === 1 ? '1 worker' : `${count} workers`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
