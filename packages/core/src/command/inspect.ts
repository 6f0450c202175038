// The commands that show what runs, and change nothing.
import { timeOfDay } from '@muster/codec/timers';
import type { ClusterStatus, SlotStatus } from '../worker-status.js';
import { print, withCluster } from './cluster/cluster-call.js';
import { listClusters, silence, type Target } from './cluster/clusters.js';
import { listView } from './view/list-view.js';
import { slotView } from './view/slot-view.js';
import { statusView } from './view/status-view.js';
import { createStyle, hasColours } from './view/style.js';

/** Milliseconds for an answer that takes no work. */
const PATIENCE_MS = 10_000;

interface Json {
  readonly json?: boolean;
}

export async function status(target: Target & Json): Promise<void> {
  await withCluster(target, async (cluster) => {
    const answer = await cluster.client.call('status', {}, { timeoutMs: PATIENCE_MS });
    const current = answer as ClusterStatus;
    const { name, cwd, file, version, path } = cluster;
    if (target.json) printJson({ name, cwd, file, version, socket: path, ...current });
    else print(...statusView({ cluster, status: current, ...surroundings() }));
  });
}

export async function describe(slot: number, target: Target & Json): Promise<void> {
  await withCluster(target, async ({ client }) => {
    const answer = (await client.call('slot', { slot }, { timeoutMs: PATIENCE_MS })) as SlotStatus;
    if (target.json) printJson(answer);
    else print(...slotView({ slot: answer, ...surroundings() }));
  });
}

export async function list({ json }: Json): Promise<void> {
  const { clusters, silent } = await listClusters();
  const { style, width } = surroundings();
  if (json) printJson(clusters);
  else if (clusters.length > 0) print(...listView(clusters, style, width));
  else if (silent.length === 0) print('No cluster is running. `muster start <file>` starts one.');
  if (silent.length > 0) console.error(`muster: ${silence(silent)}`);
}

function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

function surroundings() {
  const { isTTY, columns } = process.stdout;
  const style = createStyle(hasColours(process.stdout));
  return { now: timeOfDay(), style, width: isTTY ? columns : undefined };
}
