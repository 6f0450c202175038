/**
 * `@muster/core/config`: what `muster.config.{ts,mts,js,mjs,cjs,json}` exports, for `muster start`. This module loads
 * nothing else, so that a config is read quickly wherever it is read.
 *
 * Paths are relative to the folder of the config, and the cluster runs there, as if the command had been given there.
 */
import type { ClusterOptions, RoleOptions } from './cluster-options.js';

/** What `startCluster()` takes for a role, with `file` in the place of `worker`. */
export interface RoleConfig extends Omit<RoleOptions, 'worker'> {
  /** What the workers of the role run. Default: the `file` of the app. */
  file?: string | URL | undefined;
}

/** What may differ from environment to environment: all but `environments`. */
export interface AppSettings extends Omit<ClusterOptions, 'worker' | 'roles'> {
  /** The server, as it is: what each worker runs. It may be missing if each role has its own, or on the command line. */
  file?: string | URL | undefined;
  roles?: Record<string, RoleConfig> | undefined;
  /**
   * Files of variables for the workers, read anew at each reload; the later one wins. They change no variable that is set in
   * the environment, and `env` is on top of them.
   */
  envFile?: string | readonly string[] | undefined;
  /** Whether a change of the code reloads, for development. Default: `false`. */
  watch?: boolean | undefined;
  /** Files, folders and patterns whose changes do not count. */
  watchIgnore?: readonly string[] | undefined;
  /** Whether what happens to the cluster is logged as lines of JSON, on stderr. Default: `false`. */
  jsonLogs?: boolean | undefined;
}

/** One app. */
export interface AppConfig extends AppSettings {
  /**
   * What differs in one environment, by its name: `--environment`, else `NODE_ENV`. Groups of options and variables are
   * merged, everything else is replaced.
   */
  environments?: Record<string, AppSettings> | undefined;
}

/** Several apps, each a cluster of its own: `muster start <name>`. */
export interface AppsConfig {
  /** By the name of its cluster, unless `control` has another. */
  apps: Record<string, AppConfig>;
}

/** For editors: `./node_modules/@muster/core/config.schema.json`. */
interface WithSchema {
  $schema?: string;
}

export type Config = WithSchema & ((AppConfig & { apps?: never }) | AppsConfig);

export interface ConfigContext {
  /** `--environment`, else `NODE_ENV`. */
  readonly environment: string | undefined;
}

export type ConfigFunction = (context: ConfigContext) => Config | Promise<Config>;

/**
 * Returns what it gets: it gives a config its types.
 *
 * @example
 * export default defineConfig({ file: './server.js', workers: 4 });
 */
export function defineConfig(config: Config): Config;
export function defineConfig(config: ConfigFunction): ConfigFunction;
export function defineConfig(config: Config | ConfigFunction): Config | ConfigFunction {
  return config;
}
