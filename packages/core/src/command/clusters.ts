// The clusters of this user on this machine, and which of them is meant.
import { readdirSync } from 'node:fs';
import type { ClusterDescription } from '../control-socket/description.js';
import { hasRuntimeFolder, runtimeFolders } from '../control-socket/runtime-folder.js';
import { SocketClient } from '../control-socket/socket-client.js';
import { SOCKET_ENDING, socketPath } from '../control-socket/socket-name.js';
import { printable } from '../printable.js';
import type { ClusterStatus } from '../worker-status.js';
import { CommandFailure, exits } from './failure.js';
import type { ListedCluster } from './view/list-view.js';
import { workingFolder } from './working-folder.js';

/** Milliseconds for a primary to say who it is. */
const PATIENCE_MS = 3_000;

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
 * The one that is meant: by its path or name; else the only one; else the only one of this folder.
 *
 * @throws CommandFailure where there is none, or more than one.
 */
export async function connectTo(target: Target): Promise<ConnectedCluster> {
  if (target.socket !== undefined) return connected(target.socket, target.socket);
  if (target.name !== undefined) return connectByName(target.name);
  const { clusters: all, silent } = await listClusters();
  if (all.length === 0) {
    if (silent.length > 0) throw new CommandFailure(silence(silent), exits.failed);
    throw new CommandFailure(`No cluster is running. ${whereLooked()}`, exits.notRunning);
  }
  const folders = [process.cwd(), workingFolder()];
  const here = all.filter(({ cwd }) => folders.includes(cwd));
  const [only, ...others] = all.length === 1 ? all : here;
  if (!only || others.length > 0) throw ambiguous(all);
  return connected(only.path, only.name);
}

export interface ListedClusters {
  /** Those that answer, by name. */
  readonly clusters: readonly (FoundCluster & ListedCluster)[];
  /** The sockets of those that are there and do not. */
  readonly silent: readonly string[];
}

export async function listClusters(): Promise<ListedClusters> {
  const clusters: (FoundCluster & ListedCluster)[] = [];
  const silent: string[] = [];
  await Promise.all(
    sockets().map(async (path) => {
      try {
        const { client, ...found } = await open(path);
        try {
          const told = await client.call('status', {}, { timeoutMs: PATIENCE_MS });
          const { state, uptimeMs, roles, addresses, degraded } = told as ClusterStatus;
          const its = { state, uptimeMs, roles, addresses, ...(degraded && { degraded }) };
          clusters.push({ ...found, ...its });
        } finally {
          client.close();
        }
      } catch (error) {
        if (!isGone(error)) silent.push(path);
      }
    }),
  );
  return { clusters: clusters.sort((a, b) => a.name.localeCompare(b.name)), silent };
}

/** What is said of those that do not answer. */
export function silence(paths: readonly string[]): string {
  return `${paths.join(' and ')}: the primary there does not answer. It may be stopped, or busy.`;
}

async function connectByName(name: string): Promise<ConnectedCluster> {
  const wanted = new Set(runtimeFolders().map((folder) => socketPath(folder, name)));
  const path = sockets().find((each) => wanted.has(each));
  if (path) return connected(path, name);
  throw new CommandFailure(
    `No cluster called ${name} is running. ${whereLooked()}`,
    exits.notRunning,
  );
}

async function connected(path: string, called: string): Promise<ConnectedCluster> {
  try {
    return await open(path);
  } catch (error) {
    if (isGone(error)) {
      throw new CommandFailure(`No cluster called ${called} is running.`, exits.notRunning);
    }
    throw error;
  }
}

/** Whether it says that nobody listens there any more. */
function isGone(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

async function open(path: string): Promise<ConnectedCluster> {
  const client = await SocketClient.connect(path, PATIENCE_MS);
  try {
    const told = await client.call('describe', {}, { timeoutMs: PATIENCE_MS });
    return { ...(told as ClusterDescription), path, client };
  } catch (error) {
    client.close();
    throw error;
  }
}

function sockets(): string[] {
  return runtimeFolders()
    .filter(hasRuntimeFolder)
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith(SOCKET_ENDING))
        .map((file) => socketPath(folder, file.slice(0, -SOCKET_ENDING.length))),
    );
}

function ambiguous(all: readonly FoundCluster[]): CommandFailure {
  const list = all.map(({ name, cwd, pid }) => `  ${name}  (primary ${pid}, in ${printable(cwd)})`);
  return new CommandFailure(
    `${all.length} clusters are running; say which one with --name:\n${list.join('\n')}`,
    exits.usage,
  );
}

function whereLooked(): string {
  return `Looked in ${runtimeFolders().join(' and ')}; \`muster start <file>\` starts one.`;
}
