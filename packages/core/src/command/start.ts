// `muster start`: this process becomes the primary of a cluster of the given file.
import { closeSync, existsSync, openSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import type { Cluster } from '../cluster.js';
import type { ClusterOptions, ReadyWhen } from '../cluster-options.js';
import { openRuntimeFolder, runtimeFolders } from '../control-socket/runtime-folder.js';
import { socketPath } from '../control-socket/socket-name.js';
import { startCluster } from '../start-cluster.js';
import { CommandFailure, exits } from './failure.js';
import { createJsonLogger } from './json-logger.js';
import { watchCode } from './watch.js';

export interface StartOptions {
  readonly workers: number | 'auto';
  readonly name?: string | undefined;
  readonly watch?: boolean;
  readonly ready: ReadyWhen;
  /** Milliseconds. */
  readonly readySettle?: number | undefined;
  /** Milliseconds. */
  readonly readyTimeout?: number | undefined;
  /** Milliseconds. */
  readonly drainTimeout?: number | undefined;
  /** A port, or a host and a port. */
  readonly admin?: { readonly host?: string; readonly port: number } | undefined;
  readonly prefixLogs?: boolean;
  readonly jsonLogs?: boolean;
}

export async function start(
  file: string,
  args: readonly string[],
  options: StartOptions,
): Promise<void> {
  const clusterOptions = clusterOptionsOf(resolveFile(file), args, options);
  // A pipe that its reader has closed is no reason for a server to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  if (process.stdin.isTTY) stopWithTerminal();
  if (options.watch) await startWatching(clusterOptions);
  else await startCluster(clusterOptions);
}

/**
 * SIGHUP reloads, as it does everywhere; but it is also what the system sends when somebody closes the window that the
 * cluster was started in, and then it should not go on unseen.
 */
function stopWithTerminal(): void {
  process.on('SIGHUP', () => {
    try {
      closeSync(openSync('/dev/tty', 'r'));
    } catch {
      process.emit('SIGTERM', 'SIGTERM');
    }
  });
}

function clusterOptionsOf(
  worker: string,
  args: readonly string[],
  options: StartOptions,
): ClusterOptions & { worker: string } {
  const { workers, ready, readyTimeout, readySettle, drainTimeout, admin, name } = options;
  return {
    worker,
    workers,
    args,
    ready: {
      when: ready,
      ...(readyTimeout !== undefined && { timeoutMs: readyTimeout }),
      ...(readySettle !== undefined && { settleMs: readySettle }),
    },
    logs: options.prefixLogs ? 'prefix' : 'inherit',
    ...(drainTimeout !== undefined && { drain: { timeoutMs: drainTimeout } }),
    ...(admin && { admin }),
    ...(name !== undefined && { control: pathOf(name) }),
    ...(options.jsonLogs && { logger: createJsonLogger() }),
    // Who develops looks at each change; all of it is wanted at once.
    ...(options.watch && { reload: { watchMs: 0, parallel: 1_000 } }),
  };
}

/**
 * As `node file` finds it: without its ending, or as the main module of a folder. Links on the way stay in it: they are
 * what a deploy moves.
 */
function resolveFile(file: string): string {
  const path = resolve(file);
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
    const found = createRequire(join(process.cwd(), 'x')).resolve(path);
    const folder = existsSync(path) ? path : dirname(path);
    return join(folder, relative(realpathSync(folder), found));
  } catch {
    throw new CommandFailure(`There is no file ${path}.`, exits.usage);
  }
}

function pathOf(name: string): string {
  const folder = runtimeFolders()[0] as string;
  openRuntimeFolder(folder);
  return socketPath(folder, name);
}

/** A change reloads; where the code does not start, the next change tries again. */
async function startWatching(options: ClusterOptions & { worker: string }): Promise<void> {
  const say = (text: string) => console.error(`muster: ${text}`);
  let cluster: Cluster | undefined;
  let under: Promise<void> | undefined;
  let again = false;

  const apply = async () => {
    try {
      // An edit may change a port.
      if (cluster) await cluster.reload({ allowMissing: true });
      else cluster = await startCluster(options);
    } catch (error) {
      // Why a reload was aborted, the cluster has said.
      const why = cluster ? '' : `${error instanceof Error ? error.message : String(error)} `;
      say(`${why}Waiting for a change.`);
    }
  };
  const changed = async () => {
    again = true;
    under ??= (async () => {
      while (again) {
        again = false;
        await apply();
      }
      under = undefined;
    })();
    await under;
  };
  await watchCode([process.cwd(), dirname(options.worker)], (files) => {
    say(`${files.slice(0, 3).join(', ')}${files.length > 3 ? ', …' : ''} changed`);
    void changed();
  });
  await changed();
}
