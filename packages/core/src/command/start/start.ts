// `muster start`: this process becomes the primary of a cluster.
import { closeSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout } from 'node:timers';
import type { Cluster } from '../../cluster.js';
import type { ClusterOptions, Logger } from '../../cluster-options.js';
import { startCluster } from '../../start-cluster.js';
import { CommandFailure, exits } from '../line/failure.js';
import { currentFolder, unfollowedLink } from '../line/working-folder.js';
import { tellingOfChanges } from './changed-config.js';
import { consoleOptions } from './console-options.js';
import { readyLine } from './ready-line.js';
import { type CommandLine, type StartSettings, settingsOf } from './settings.js';
import { createStartLog } from './start-log.js';
import { startWatchMode } from './watch/watch-mode.js';

/** Milliseconds for what a config has left open, where its cluster does not start. */
const LEFT_OPEN_MS = 1_000;

export async function start(line: CommandLine): Promise<void> {
  if (currentFolder() === undefined) {
    throw new CommandFailure(
      'The working directory is gone. Change to one that is there.',
      exits.usage,
    );
  }
  try {
    await startSettings(await settingsOf(line));
  } catch (error) {
    // It must not keep the command from ending.
    setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
    throw error;
  }
}

async function startSettings(settings: StartSettings): Promise<void> {
  const { file, folder, options, configFile, watch } = settings;
  const { logger, endpoints } = createStartLog(settings.jsonLogs, options.logger);
  assertUsed(settings);
  if (settings.unusedConfig !== undefined) warnOfUnused(settings.unusedConfig, file, logger);
  if (!settings.isFolderGiven) warnOfLink(folder, file, logger);
  if (process.stdin.isTTY) stopWithTerminal();
  const clusterOptions = {
    ...options,
    // What a process manager is expected to have.
    logs: options.logs ?? 'keep',
    ...(await consoleOptions(settings, options)),
    logger,
    ...(configFile !== undefined && { env: tellingOfChanges(configFile, options.env, logger) }),
  };
  const started = (cluster: Cluster) => {
    const status = cluster.status();
    // A script may have ended by now.
    if (status.state !== 'running') return;
    const { fields, message } = readyLine(status, endpoints, file);
    logger.info(fields, message);
  };
  // In this process, which is no worker, the result is a cluster.
  if (!watch) started((await startCluster(clusterOptions)) as Cluster);
  else {
    const folders = [folder, dirname(file)] as const;
    const ignore = settings.watchIgnore ?? [];
    await startWatchMode(clusterOptions, { folders, files: settings.envFiles, ignore }, started);
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

/** @throws CommandFailure for a flag that would do nothing */
function assertUsed({ watch, watchIgnore, consoleReadOnly, options }: StartSettings): void {
  const { sticky, admin } = options as ClusterOptions;
  if (watchIgnore && !watch) {
    throw new CommandFailure('--watch-ignore needs --watch.', exits.usage);
  }
  if (sticky && sticky.by === undefined) {
    throw new CommandFailure(
      '--trusted-proxies needs --sticky ip or --sticky cookie:<name>.',
      exits.usage,
    );
  }
  if (admin && admin.port === undefined && !admin.console && !consoleReadOnly) {
    throw new CommandFailure('--admin-hosts needs --admin.', exits.usage);
  }
}

function warnOfUnused(config: string, file: string, logger: Logger): void {
  const message = `${basename(config)} is not used: it has several apps, and ${file} was given as a file.`;
  logger.warn({ event: 'start.config-unused', config, file }, message);
}

function warnOfLink(folder: string, worker: string, logger: Logger): void {
  const link = unfollowedLink(folder);
  if (link === undefined || worker.startsWith(`${link}/`)) return;
  const message =
    `the cluster runs in ${folder}, to which the link ${link} leads. When the link is moved, a reload will not follow ` +
    'it: start the server by its path through the link, with the link as --cwd.';
  logger.warn({ event: 'start.link', folder, link }, message);
}
