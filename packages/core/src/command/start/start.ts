// `muster start`: this process becomes the primary of a cluster of the given file.
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Cluster } from '../../cluster.js';
import type { ClusterOptions, Logger } from '../../cluster-options.js';
import { startCluster } from '../../start-cluster.js';
import { CommandFailure, exits } from '../line/failure.js';
import { currentFolder, pathFrom, unfollowedLink, workingFolder } from '../line/working-folder.js';
import { readEnvFiles } from './env-files.js';
import { readyLine } from './ready-line.js';
import { serverFile } from './server-file.js';
import { createStartLog } from './start-log.js';
import { startWatchMode } from './watch-mode.js';

/** The flags that are not simply options of `startCluster()`. */
export interface StartOptions {
  readonly name?: string;
  readonly cwd?: string;
  readonly envFile?: readonly string[];
  readonly watch?: boolean;
  readonly watchIgnore?: readonly string[];
  readonly jsonLogs?: boolean;
}

/** @param options the flags that are */
export async function start(
  file: string,
  args: readonly string[],
  given: StartOptions,
  options: ClusterOptions,
): Promise<void> {
  const { logger, endpoints } = createStartLog(given.jsonLogs ?? false);
  if (currentFolder() === undefined) {
    throw new CommandFailure(
      'The working directory is gone. Change to one that is there.',
      exits.usage,
    );
  }
  const here = workingFolder();
  const folder = given.cwd === undefined ? here : pathFrom(here, given.cwd);
  const envFiles = (given.envFile ?? []).map((path) => pathFrom(here, path));
  const clusterOptions = {
    ...options,
    ...environmentOf(envFiles),
    worker: serverFile(here, pathFrom(here, file)),
    args,
    // Omitted if it is this process's folder, which workers inherit.
    ...(folder !== process.cwd() && { cwd: folder }),
    ...(given.name !== undefined && { control: { name: given.name } }),
    logger,
  };
  assertUsed(given, options);
  if (given.cwd === undefined) warnOfLink(folder, clusterOptions.worker, logger);
  if (process.stdin.isTTY) stopWithTerminal();
  const started = (cluster: Cluster) => {
    const status = cluster.status();
    // A script may have ended by now.
    if (status.state !== 'running') return;
    const { fields, message } = readyLine(status, endpoints, clusterOptions.worker);
    logger.info(fields, message);
  };
  if (!given.watch) started(await startCluster(clusterOptions));
  else {
    const folders = [folder, dirname(clusterOptions.worker)] as const;
    const ignore = given.watchIgnore ?? [];
    await startWatchMode(clusterOptions, { folders, files: envFiles, ignore }, started);
  }
}

/**
 * SIGHUP reloads, as everywhere. But the system also sends it when the user closes the terminal window in which the cluster
 * was started, and then the cluster should not go on unseen.
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

/** The primary also needs the address of a store in the files, because it frees the locks of dead workers there. */
function environmentOf(files: readonly string[]): Pick<ClusterOptions, 'env' | 'store'> {
  if (files.length === 0) return {};
  const env = () => readEnvFiles(files, process.env);
  try {
    const { MUSTER_STORE_URL = process.env.MUSTER_STORE_URL, REDIS_URL } = env();
    const url = MUSTER_STORE_URL ?? REDIS_URL;
    return { env, ...(url !== undefined && { store: { url } }) };
  } catch (error) {
    throw new CommandFailure(`--env-file: ${(error as Error).message}`, exits.usage);
  }
}

/** @throws CommandFailure for a flag that would do nothing */
function assertUsed({ watch, watchIgnore }: StartOptions, { sticky, admin }: ClusterOptions): void {
  if (watchIgnore && !watch) {
    throw new CommandFailure('--watch-ignore needs --watch.', exits.usage);
  }
  if (sticky && sticky.by === undefined) {
    throw new CommandFailure(
      '--trusted-proxies needs --sticky ip or --sticky cookie:<name>.',
      exits.usage,
    );
  }
  if (admin && admin.port === undefined) {
    throw new CommandFailure('--admin-hosts needs --admin.', exits.usage);
  }
}

function warnOfLink(folder: string, worker: string, logger: Logger): void {
  const link = unfollowedLink(folder);
  if (link === undefined || worker.startsWith(`${link}/`)) return;
  const message =
    `the cluster runs in ${folder}, to which the link ${link} leads. When the link is moved, a reload will not follow ` +
    'it: start the server by its path through the link, with the link as --cwd.';
  logger.warn({ event: 'start.link', folder, link }, message);
}
