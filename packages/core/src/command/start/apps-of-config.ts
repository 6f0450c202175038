// All apps of a config, for commands that start none of them: what each is set to, and which store it opens.
import { resolve } from 'node:path';
import type { AppConfig, AppSettings, AppsConfig } from '../../config.js';
import { settingsIn } from '../config/chosen-app.js';
import type { ReadConfig } from '../config/configured-app.js';
import { variableOptions } from './variables.js';

export interface KnownApp {
  /** `undefined` if the config has only one, without a name. */
  readonly name: string | undefined;
  readonly settings: AppSettings;
}

/**
 * @param environment which the command line names: one of the apps must know it
 * @param tried of an app with whose settings something is wrong: returns `undefined` to leave it out. Default: throws
 * @throws ConfigError
 */
export function appsOfConfig(
  { file, config, nodeEnv }: ReadConfig,
  environment: string | undefined,
  tried: <Value>(read: () => Value) => Value | undefined = (read) => read(),
): KnownApp[] {
  const apps =
    'apps' in config
      ? Object.entries((config as AppsConfig).apps)
      : [[undefined, config as AppConfig] as const];
  const isKnown = apps.some(([, app]) => Object.hasOwn(app.environments ?? {}, environment ?? ''));
  const asked = isKnown ? undefined : environment;
  return apps.flatMap(([name, app]) => {
    const chosen = { name, config: app };
    const settings = tried(() => settingsIn(file, chosen, asked, environment ?? nodeEnv));
    return settings ? [{ name, settings }] : [];
  });
}

/** `undefined`: the app opens the default one. @throws CommandFailure if a file of variables cannot be read */
export function storeUrlOf({ envFile = [], env, store }: AppSettings): string | undefined {
  const configFiles = [envFile].flat().map((path) => resolve(path));
  return variableOptions({ configFiles, env, files: [], store }).store?.url;
}
