// The app that `muster start` is to start, as the config of the folder says it.
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { listed } from '../../checks/faults.js';
import type { AppSettings } from '../../config.js';
import { ConfigError } from '../../errors.js';
import { pathFrom } from '../line/working-folder.js';
import { chosenApp, noSuchApp, settingsIn } from './chosen-app.js';
import { configFaults } from './config-faults.js';
import { findConfig } from './find-config.js';
import { loadConfig } from './load-config.js';

export interface WhichConfig {
  /** The working folder, as its user names it. */
  readonly here: string;
  /** `--config`; `false`: none is read. */
  readonly config: string | false | undefined;
  readonly environment: string | undefined;
  /** Milliseconds for its code. */
  readonly timeoutMs?: number;
}

export interface ConfigQuestion extends WhichConfig {
  /** An app, or a file. */
  readonly argument: string | undefined;
  /** Whether the argument leads to a file that can be run. */
  isFile(): boolean;
}

export interface ConfiguredApp {
  readonly configFile: string;
  /** In `apps`. */
  readonly name: string | undefined;
  /** `undefined` if the argument is a file that belongs to none of the apps. */
  readonly settings: AppSettings | undefined;
  /** Whether the argument is a file, and not an app. */
  readonly argumentIsFile: boolean;
}

export interface ReadConfig {
  readonly file: string;
  /** What it exports: an object, of which nothing else is known. */
  readonly config: object;
  /** In NODE_ENV. */
  readonly nodeEnv: string | undefined;
}

/**
 * Enters the folder of the config, as if the command had been given there, and loads it.
 *
 * @returns `undefined` if there is no config
 * @throws ConfigError
 */
export async function readConfig({
  here,
  config: given,
  environment,
  timeoutMs,
}: WhichConfig): Promise<ReadConfig | undefined> {
  const file = configPath(here, given);
  if (file === undefined) return undefined;
  enter(here, dirname(file));
  const nodeEnv = process.env.NODE_ENV || undefined;
  const config = await loadConfig(file, { environment: environment ?? nodeEnv }, timeoutMs);
  return { file, config, nodeEnv };
}

/** @returns `undefined` if there is no config. @throws ConfigError */
export async function configuredApp(question: ConfigQuestion): Promise<ConfiguredApp | undefined> {
  const { argument } = question;
  const read = await readConfig(question);
  if (!read) return undefined;
  const { file: configFile, config, nodeEnv } = read;
  const isPath = argument !== undefined && /[/\\]/.test(argument);
  const app = isPath && 'apps' in config ? undefined : chosenApp(configFile, config, argument);
  if (!app && !isPath && argument !== undefined && !question.isFile()) {
    throw noSuchApp(configFile, config, argument);
  }
  if (!app) return { configFile, name: undefined, settings: undefined, argumentIsFile: true };
  assertFaultless(read, (name) => name === app.name);
  return {
    configFile,
    name: app.name,
    settings: settingsIn(configFile, app, question.environment, nodeEnv),
    argumentIsFile: argument !== undefined && app.name === undefined,
  };
}

function configPath(here: string, given: string | false | undefined): string | undefined {
  if (given === false) return undefined;
  if (given === undefined) return findConfig(here);
  const path = pathFrom(here, given);
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new ConfigError(path, `is not there, or is no file: ${path}.`);
  }
  if (/^\.([mc]?[jt]s|json)$/.test(extname(path))) return path;
  throw new ConfigError(path, 'is no config: it ends in .ts, .mts, .js, .mjs, .cjs or .json.');
}

/** As a shell does, which keeps the path that leads there in PWD. */
function enter(here: string, folder: string): void {
  if (folder === here) return;
  process.chdir(folder);
  process.env.PWD = folder;
}

/** @param isHere the apps whose folders must exist; default: none. @throws ConfigError with everything that is wrong */
export function assertFaultless(
  { file, config }: ReadConfig,
  isHere: (app: string | undefined) => boolean = () => false,
): void {
  const faults = configFaults(basename(file), config, isHere);
  if (faults.length === 0) return;
  const many = faults.length === 1 ? 'an option' : `${faults.length} options`;
  throw new ConfigError(file, `has ${many} that cannot work:\n${listed(faults)}`);
}
