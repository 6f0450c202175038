// What `muster start` starts: the command line on top of the config, both with their paths made absolute.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterOptions, Logger, LogOptions } from '../../cluster-options.js';
import type { AppSettings, RoleConfig } from '../../config.js';
import { ConfigError } from '../../errors.js';
import { type ConfiguredApp, configuredApp } from '../config/configured-app.js';
import { configAbove } from '../config/find-config.js';
import { mergeOptions } from '../config/merge-options.js';
import { CommandFailure, exits } from '../line/failure.js';
import { pathFrom, workingFolder } from '../line/working-folder.js';
import { serverFile } from './server-file.js';
import { variableOptions } from './variables.js';

/** The flags that are not simply options of `startCluster()`. */
export interface StartOptions {
  readonly config?: string | false;
  readonly environment?: string;
  readonly name?: string;
  readonly cwd?: string;
  readonly envFile?: readonly string[];
  readonly watch?: boolean;
  readonly watchIgnore?: readonly string[];
  readonly consoleReadOnly?: boolean;
  readonly jsonLogs?: boolean;
  readonly logDir?: string;
}

export interface CommandLine {
  /** A file, or the name of an app. */
  readonly file: string | undefined;
  /** What follows `--`, if anything does. */
  readonly args: readonly string[] | undefined;
  readonly given: StartOptions;
  /** The flags that are options of `startCluster()`. */
  readonly options: ClusterOptions;
}

export interface StartSettings {
  readonly configFile: string | undefined;
  /** A config that was found, and says nothing of what is started. */
  readonly unusedConfig: string | undefined;
  /** The server; with roles that have servers of their own, the first one. */
  readonly file: string;
  readonly folder: string;
  /** Whether somebody chose the folder. */
  readonly isFolderGiven: boolean;
  readonly envFiles: readonly string[];
  readonly watch: boolean;
  readonly watchIgnore: readonly string[] | undefined;
  readonly consoleReadOnly: boolean;
  readonly jsonLogs: boolean;
  readonly options: ClusterOptions & { logger?: Logger | undefined };
}

/** @throws CommandFailure, ConfigError */
export async function settingsOf({
  file,
  args,
  given,
  options,
}: CommandLine): Promise<StartSettings> {
  const here = workingFolder();
  // Before the folder of a config is entered.
  const path = (it: string) => pathFrom(here, it);
  const cwd = given.cwd === undefined ? undefined : path(given.cwd);
  const files = (given.envFile ?? []).map(path);
  const logDir = given.logDir === undefined ? undefined : path(given.logDir);
  const server = file === undefined ? undefined : path(file);
  const found = await configuredApp({
    ...{ here, config: given.config, environment: given.environment, argument: file },
    isFile: () => isServer(here, server),
  });
  if (given.environment !== undefined && !found?.settings) {
    const why = 'it chooses among those of a config, and none says what is started';
    throw new CommandFailure(`--environment does nothing here: ${why}.`, exits.usage);
  }
  const app = placed(found, found?.settings ?? {}, here);
  const isServerGiven = server !== undefined && found?.argumentIsFile !== false;
  const worker = isServerGiven ? serverFile(here, server) : app.file;
  const { file: _, envFile, watch, watchIgnore, jsonLogs, ...ofConfig } = app;
  const name = given.name ?? found?.name;
  const merged = mergeOptions(
    { ...(name !== undefined && { control: { name } }), ...ofConfig } as ClusterOptions,
    {
      ...options,
      ...(given.name !== undefined && { control: { name: given.name } }),
      ...(logDir !== undefined && { logs: { ...(options.logs as LogOptions), dir: logDir } }),
    },
  );
  const folder = cwd ?? merged.cwd ?? workingFolder();
  const configFiles = (envFile ?? []) as readonly string[];
  return {
    configFile: found?.settings && found.configFile,
    unusedConfig: found && !found.settings ? found.configFile : undefined,
    file: worker ?? firstServer(merged) ?? missingServer(found, here),
    folder,
    isFolderGiven: cwd !== undefined || merged.cwd !== undefined,
    envFiles: [...configFiles, ...files],
    watch: given.watch ?? watch ?? false,
    watchIgnore: given.watchIgnore ?? watchIgnore,
    consoleReadOnly: given.consoleReadOnly ?? false,
    jsonLogs: given.jsonLogs ?? jsonLogs ?? false,
    options: {
      ...merged,
      ...variableOptions({ configFiles, env: merged.env, files, store: merged.store }),
      ...(worker !== undefined && { worker }),
      args: args ?? merged.args ?? [],
      // Omitted if it is this process's folder, which workers inherit.
      ...(folder !== process.cwd() && { cwd: folder }),
    },
  };
}

function isServer(here: string, path: string | undefined): boolean {
  try {
    return path !== undefined && serverFile(here, path) !== '';
  } catch {
    return false;
  }
}

type Placed = Omit<AppSettings, 'file' | 'roles'> &
  Pick<ClusterOptions, 'roles'> & { file?: string };

/** The settings of a config, with absolute paths. */
function placed(found: ConfiguredApp | undefined, settings: AppSettings, here: string): Placed {
  const { file, envFile, cwd, roles, logs, ...others } = settings;
  const folder = found ? workingFolder() : here;
  const path = (it: string) => pathFrom(folder, it);
  const server = (it: string | URL) => {
    const isUrl = it instanceof URL || it.startsWith('file:');
    return serverFile(folder, path(isUrl ? relativePath(fileURLToPath(it)) : it));
  };
  const role = ({ file: its, cwd: own, ...options }: RoleConfig) => ({
    ...options,
    ...(its !== undefined && { worker: server(its) }),
    ...(own !== undefined && { cwd: path(own) }),
  });
  return {
    ...others,
    ...(file !== undefined && !found?.argumentIsFile && { file: server(file) }),
    ...(envFile !== undefined && { envFile: [envFile].flat().map(path) }),
    ...(cwd !== undefined && { cwd: path(cwd) }),
    ...(logs !== undefined && { logs: withPath(logs, path) }),
    ...(roles !== undefined && {
      roles: Object.fromEntries(Object.entries(roles).map(([name, own]) => [name, role(own)])),
    }),
  };
}

/**
 * A config knows its own folder without links (`import.meta.url`), and a reload should follow the link through which the
 * cluster was started. So a path below the working directory is one that is relative to it.
 */
function relativePath(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith('..') ? path : inside;
}

function withPath(
  logs: NonNullable<ClusterOptions['logs']>,
  path: (it: string) => string,
): NonNullable<ClusterOptions['logs']> {
  return typeof logs === 'object' && logs.dir !== undefined
    ? { ...logs, dir: path(logs.dir) }
    : logs;
}

/** If each role has one. */
function firstServer({ roles = {} }: ClusterOptions): string | undefined {
  const servers = Object.values(roles).map(({ worker }) => worker as string | undefined);
  return servers.includes(undefined) ? undefined : servers[0];
}

function missingServer(found: ConfiguredApp | undefined, here: string): never {
  if (found) {
    throw new ConfigError(
      found.configFile,
      `does not say which server to run: give ${found.name === undefined ? 'it' : `apps.${found.name}`} a \`file\`, or each of the roles one.`,
    );
  }
  const above = configAbove(here);
  const hint = above === undefined ? '' : ` There is one above: muster start --config ${above}.`;
  throw new CommandFailure(
    `Which server? Give its file: muster start server.js. There is no muster.config.* in ${here} that says it.${hint}`,
    exits.usage,
  );
}
