// The commands that only show what runs.
import { timeOfDay } from '@muster/codec/timers';
import type { QueueInfo } from '@muster/queue';
import { printable } from '../text/printable.js';
import type { ClusterStatus, SlotStatus } from '../worker-status.js';
import { print, withCluster } from './cluster/cluster-call.js';
import {
  type ConnectedCluster,
  listClusters,
  type Target,
  unresponsiveText,
} from './cluster/clusters.js';
import { CommandFailure, exits } from './line/failure.js';
import { listView } from './view/list-view.js';
import { machinesDetail } from './view/machines-view.js';
import { slotView } from './view/slot-view.js';
import { statusView } from './view/status-view.js';
import { createStyle, hasColours } from './view/style.js';

/** Milliseconds for an answer that takes no work. */
const TIMEOUT_MS = 10_000;

interface Json {
  readonly json?: boolean;
}

export async function status(target: Target & Json & { machines?: boolean }): Promise<void> {
  await withCluster(target, async (cluster) => {
    const answer = await cluster.client.call('status', {}, { timeoutMs: TIMEOUT_MS });
    const current = answer as ClusterStatus;
    const queues = target.machines ? [] : await queuesOf(cluster);
    if (target.machines) showMachines(cluster.name, current.machines, target);
    else if (target.json) {
      const { name, cwd, file, version, path } = cluster;
      printJson({ name, cwd, file, version, socket: path, ...current, queues });
    } else print(...statusView({ cluster, status: current, queues, ...terminalContext() }));
  });
}

/** None if the store does not answer, or the primary is of a version that knows no queues. */
async function queuesOf({ client }: ConnectedCluster): Promise<readonly QueueInfo[]> {
  try {
    return (await client.call('queues', {}, { timeoutMs: TIMEOUT_MS })) as QueueInfo[];
  } catch {
    return [];
  }
}

function showMachines(name: string, machines: ClusterStatus['machines'], { json }: Json): void {
  const { style, width } = terminalContext();
  if (machines === undefined) {
    const how = 'start it with `--machines` to join the bus with those of other machines';
    throw new CommandFailure(
      `${printable(name)} has joined no other machines: ${how}`,
      exits.failed,
    );
  }
  if (json) printJson(machines);
  else print(...machinesDetail(machines, style, width));
}

export async function describe(slot: number, target: Target & Json): Promise<void> {
  await withCluster(target, async ({ client }) => {
    const answer = (await client.call('slot', { slot }, { timeoutMs: TIMEOUT_MS })) as SlotStatus;
    if (target.json) printJson(answer);
    else print(...slotView({ slot: answer, ...terminalContext() }));
  });
}

export async function list({ json }: Json): Promise<void> {
  const { clusters, unresponsive } = await listClusters();
  const { style, width } = terminalContext();
  if (json) printJson(clusters);
  else if (clusters.length > 0) print(...listView(clusters, style, width));
  else if (unresponsive.length === 0)
    print('No cluster is running. `muster start <file>` starts one.');
  if (unresponsive.length > 0) console.error(`muster: ${unresponsiveText(unresponsive)}`);
}

function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

function terminalContext() {
  const { isTTY, columns } = process.stdout;
  const style = createStyle(hasColours(process.stdout));
  return { now: timeOfDay(), style, width: isTTY ? columns : undefined };
}
