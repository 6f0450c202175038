// The commands that ask a running cluster for something, and tell what came of it.
import { setTimeout as delay } from 'node:timers/promises';
import type { ReloadResult } from '../cluster.js';
import type { AnsweredError } from '../control-socket/protocol.js';
import { RefusedCallError } from '../control-socket/socket-client.js';
import type { ClusterStatus, WorkerInfo } from '../worker-status.js';
import {
  type ConnectedCluster,
  connectTo,
  listClusters,
  silence,
  type Target,
} from './clusters.js';
import { CommandFailure, exits } from './failure.js';
import { printable } from './view/clip.js';
import { statusView } from './view/status-view.js';
import { createStyle, hasColours } from './view/style.js';
import { duration } from './view/units.js';

/** Milliseconds for an answer that takes no work. */
const PATIENCE_MS = 10_000;
/** Milliseconds between two looks whether a process is gone. */
const LOOK_MS = 50;

const print = (...lines: string[]) => {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
};

export async function status(target: Target & { json?: boolean }): Promise<void> {
  await withCluster(target, async (cluster) => {
    const answer = await cluster.client.call('status', {}, { timeoutMs: PATIENCE_MS });
    const current = answer as ClusterStatus;
    const { name, cwd, file, version, path } = cluster;
    if (target.json) {
      print(JSON.stringify({ name, cwd, file, version, socket: path, ...current }, null, 2));
      return;
    }
    const style = createStyle(hasColours(process.stdout));
    const width = process.stdout.isTTY ? process.stdout.columns : undefined;
    print(...statusView({ cluster, status: current, now: Date.now(), style, width }));
  });
}

export async function list({ json }: { json?: boolean }): Promise<void> {
  const { clusters, silent } = await listClusters();
  if (json) print(JSON.stringify(clusters, null, 2));
  else for (const { name, pid, cwd } of clusters) print(`${name}  ${pid}  ${printable(cwd)}`);
  if (silent.length > 0) console.error(`muster: ${silence(silent)}`);
}

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
    await client.call('stop', { force: target.force ?? false }, { timeoutMs: PATIENCE_MS });
    await client.closed;
    while (isAlive(pid)) await delay(LOOK_MS);
    print(`${name} stopped`);
  });
}

/** `4`, or `web=4 jobs=1`. */
function parseCounts(counts: readonly string[]): number | Record<string, number> {
  const parsed = counts.map((count) => /^(?:([^=]+)=)?(\d{1,6})$/.exec(count));
  const bad = counts.find((_, index) => !parsed[index]);
  if (bad !== undefined) {
    throw new CommandFailure(
      `${JSON.stringify(bad)} is no number of workers: give one, such as 4, or one for a role, such as web=4.`,
      exits.usage,
    );
  }
  const entries = parsed.map((match) => [match?.[1], Number(match?.[2])] as const);
  const [first] = entries;
  if (entries.length === 1 && first && first[0] === undefined) return first[1];
  if (entries.every(([role]) => role !== undefined)) return Object.fromEntries(entries);
  throw new CommandFailure('Give one number, or role=number for each role.', exits.usage);
}

async function withCluster(
  target: Target,
  use: (cluster: ConnectedCluster) => Promise<void>,
): Promise<void> {
  const cluster = await connectTo(target);
  try {
    await use(cluster);
  } catch (error) {
    if (!(error instanceof RefusedCallError)) throw error;
    const misuse = error.answered.code === 'MUSTER_CLUSTER_MISUSE';
    throw new CommandFailure(explain(error.answered), misuse ? exits.usage : exits.failed);
  } finally {
    cluster.client.close();
  }
}

function explain({ message, code, details = {} }: AnsweredError): string {
  const stderr = Array.isArray(details.stderr) ? details.stderr.map(String) : [];
  return [
    code ? `${message} (${code})` : message,
    ...(stderr.length > 0 ? ['The last lines of its stderr:'] : []),
    ...stderr.map((line) => `  ${printable(line)}`),
  ].join('\n');
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
