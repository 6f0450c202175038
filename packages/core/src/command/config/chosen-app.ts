// Which app of a config, in which environment: pure functions of what it exports.
import { nearestName } from '../../checks/nearest-name.js';
import { shown } from '../../checks/option-checks.js';
import type { AppConfig, AppSettings, AppsConfig } from '../../config.js';
import { ConfigError } from '../../errors.js';
import { mergeOptions } from './merge-options.js';

export interface ChosenApp {
  /** `undefined` if the config has only one, without a name. */
  readonly name: string | undefined;
  readonly config: AppConfig;
}

/**
 * The app that an argument of the command line names; without an argument the only one.
 *
 * @returns `undefined` if the argument names no app, and so may be a file
 * @throws ConfigError if there are several, and nothing says which
 */
export function chosenApp(
  file: string,
  config: object,
  argument: string | undefined,
): ChosenApp | undefined {
  if (!('apps' in config)) {
    const { $schema: _, ...app } = config as AppConfig & { $schema?: string };
    return { name: undefined, config: app };
  }
  const { apps } = config as AppsConfig;
  const names = Object.keys(apps ?? {});
  // A fault, of which config-faults.ts tells.
  if (names.length === 0) return { name: undefined, config: {} };
  const name = argument ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined) {
    return names.includes(name) ? { name, config: apps[name] as AppConfig } : undefined;
  }
  throw new ConfigError(
    file,
    `has several apps: ${names.join(', ')}. Name the one to start: muster start ${names[0]}.`,
  );
}

/** For an argument that is neither an app nor a file. */
export function noSuchApp(file: string, config: object, argument: string): ConfigError {
  const names = Object.keys((config as AppsConfig).apps ?? {});
  const meant = nearestName(argument, names);
  return new ConfigError(
    file,
    `has no app ${shown(argument)}, and there is no such file either. It has ${names.join(', ')}.` +
      (meant === undefined ? '' : ` Did you mean ${shown(meant)}?`),
  );
}

/**
 * The settings of the app in an environment.
 *
 * @param asked the environment that the command line names: the app must know it. One of NODE_ENV it need not know.
 * @throws ConfigError
 */
export function settingsIn(
  file: string,
  { name, config }: ChosenApp,
  asked: string | undefined,
  nodeEnv: string | undefined,
): AppSettings {
  const { environments = {}, ...base } = config;
  const environment = asked ?? nodeEnv ?? '';
  if (Object.hasOwn(environments, environment)) {
    return mergeOptions(base, environments[environment] as AppSettings);
  }
  if (asked === undefined) return base;
  const names = Object.keys(environments);
  const known = names.length === 0 ? 'It has none.' : `It has ${names.join(', ')}.`;
  const of = name === undefined ? '' : ` for ${name}`;
  throw new ConfigError(file, `has no environment ${shown(asked)}${of}. ${known}`);
}
