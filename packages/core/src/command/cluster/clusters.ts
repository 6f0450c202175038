// Finds the clusters of this user on this machine, and the one that a command means.
import { readdirSync } from 'node:fs';
import { ControlSocketError } from '../../errors.js';
import {
  type ClusterDescription,
  readDescription,
} from '../../extensions/control/cluster-description.js';
import { runtimeFolders, surveyFolders } from '../../extensions/control/socket/runtime-folder.js';
import { nameOf, socketPath } from '../../extensions/control/socket/socket-name.js';
import { connectTrusted } from '../../extensions/control/socket/trusted-connection.js';
import type { SocketClient } from '../../extensions/control/socket-client.js';
import { printable } from '../../text/printable.js';
import type { ClusterStatus } from '../../worker-status.js';
import { CommandFailure, exits } from '../line/failure.js';
import { currentFolder, workingFolder } from '../line/working-folder.js';
import type { ListedCluster } from '../view/list-view.js';

/** Milliseconds for a primary to describe itself. */
const TIMEOUT_MS = 3_000;

/** How a command says which cluster it means. */
export interface Target {
  readonly name?: string | undefined;
  /** The path of its control socket. */
  readonly socket?: string | undefined;
}

interface FoundCluster extends ClusterDescription {
  readonly path: string;
}

export interface ConnectedCluster extends FoundCluster {
  readonly client: SocketClient;
}

/**
 * Connects to the cluster that the command means: by path or name; else the only one; else the only one of this folder.
 *
 * @throws CommandFailure if there is none, or more than one.
 */
export async function connectTo(target: Target): Promise<ConnectedCluster> {
  if (target.socket !== undefined) return connected(target.socket);
  if (target.name !== undefined) return connectByName(target.name);
  const { clusters: all, unresponsive } = await listClusters();
  if (all.length === 0) {
    if (unresponsive.length > 0)
      throw new CommandFailure(unresponsiveText(unresponsive), exits.failed);
    throw new CommandFailure(`No cluster is running. ${searchedFolders()}`, exits.notRunning);
  }
  const cwd = currentFolder();
  // A folder that was removed belongs to no cluster.
  const folders = cwd === undefined ? [] : [cwd, workingFolder(cwd)];
  const here = all.filter(({ cwd }) => folders.includes(cwd));
  const [only, ...others] = all.length === 1 ? all : here;
  if (!only || others.length > 0) throw ambiguous(all);
  return connected(only.path);
}

export interface ListedClusters {
  /** The clusters that answer, sorted by name. */
  readonly clusters: readonly (FoundCluster & ListedCluster)[];
  /** The sockets of those that do not answer. */
  readonly unresponsive: readonly string[];
}

export async function listClusters(): Promise<ListedClusters> {
  const clusters: (FoundCluster & ListedCluster)[] = [];
  const unresponsive: string[] = [];
  await Promise.all(
    sockets().map(async (path) => {
      try {
        const opened = await open(path);
        if (!opened) return;
        const { client, ...found } = opened;
        try {
          const told = await client.call('status', {}, { timeoutMs: TIMEOUT_MS });
          const { state, uptimeMs, roles, addresses, degraded } = told as ClusterStatus;
          const its = { state, uptimeMs, roles, addresses, ...(degraded && { degraded }) };
          clusters.push({ ...found, ...its });
        } finally {
          client.close();
        }
      } catch {
        unresponsive.push(path);
      }
    }),
  );
  return { clusters: clusters.sort((a, b) => a.name.localeCompare(b.name)), unresponsive };
}

/** The message about clusters that do not answer. */
export function unresponsiveText(paths: readonly string[]): string {
  return `${paths.join(' and ')}: the primary there does not answer. It may be stopped, or busy.`;
}

async function connectByName(name: string): Promise<ConnectedCluster> {
  const wanted = new Set(runtimeFolders().map((folder) => socketPath(folder, name)));
  const path = sockets().find((each) => wanted.has(each));
  if (path) return connected(path);
  throw new CommandFailure(
    `No cluster called ${name} is running. ${searchedFolders()}`,
    exits.notRunning,
  );
}

async function connected(path: string): Promise<ConnectedCluster> {
  const opened = await open(path);
  if (opened) return opened;
  throw new CommandFailure(`No cluster answers on ${printable(path)}.`, exits.notRunning);
}

/** @returns `undefined` if nobody listens there any more */
async function open(path: string): Promise<ConnectedCluster | undefined> {
  const client = await connectTrusted(path, TIMEOUT_MS);
  if (!client) return undefined;
  try {
    const answer = await client.call('describe', {}, { timeoutMs: TIMEOUT_MS });
    const told = readDescription(answer);
    if (!told) throw new ControlSocketError(`What answers on ${path} is not a cluster.`);
    return { ...told, path, client };
  } catch (error) {
    client.close();
    throw error;
  }
}

/**
 * The sockets of this user. A folder that is not to be trusted is skipped with a warning.
 *
 * @throws CommandFailure if no folder is left
 */
function sockets(): string[] {
  const { usable, refused } = surveyFolders();
  const warnings = refused.map(({ folder, fault }) => `${printable(folder)}: ${fault}.`);
  if (refused.length === runtimeFolders().length) {
    throw new CommandFailure(
      `No cluster can be looked for. ${warnings.join(' ')} Set MUSTER_RUNTIME_DIR as it is set for the cluster.`,
      exits.failed,
    );
  }
  for (const warning of warnings) console.error(`muster: passed over ${warning}`);
  return usable.flatMap((folder) =>
    readdirSync(folder).flatMap((file) => {
      const name = nameOf(file);
      return name === undefined ? [] : [socketPath(folder, name)];
    }),
  );
}

function ambiguous(all: readonly FoundCluster[]): CommandFailure {
  const list = all.map(({ name, cwd, pid }) => `  ${name}  (primary ${pid}, in ${printable(cwd)})`);
  return new CommandFailure(
    `${all.length} clusters are running; say which one with --name:\n${list.join('\n')}`,
    exits.usage,
  );
}

function searchedFolders(): string {
  return `Looked in ${runtimeFolders()
    .map((folder) => printable(folder))
    .join(' and ')}; \`muster start <file>\` starts one.`;
}
