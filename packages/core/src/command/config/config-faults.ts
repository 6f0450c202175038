/**
 * Everything that is wrong with a config, each fault with its path: `apps.web.drain: there is no option "timeoutMS".` The
 * options of `startCluster()` are checked by the checks of `startCluster()`.
 */
import { collectFaults, fault } from '../../checks/faults.js';
import * as check from '../../checks/option-checks.js';
import { clusterOptionFaults, OF_CLUSTERS, OF_ROLES } from '../../cluster-option-faults.js';
import type { ClusterOptions } from '../../cluster-options.js';
import type { AppConfig, AppSettings } from '../../config.js';
import { isName } from '../../extensions/control/socket/socket-name.js';
import { mergeOptions } from './merge-options.js';

/** The options that `startCluster()` does not have. */
const OWN = ['file', 'envFile', 'watch', 'watchIgnore', 'jsonLogs'] as const;
const withFile = (names: readonly string[]) => ['file', ...names.filter((it) => it !== 'worker')];
const OF_ROLE_CONFIGS = withFile(OF_ROLES);
const OF_SETTINGS = [...new Set([...OWN, ...withFile(OF_CLUSTERS)])];
const OF_APPS = [...OF_SETTINGS, 'environments'];

/** What the checks call the whole of the options. */
const TAKER = 'startCluster()';

/** A module that is there, in the place of the server's, whose path is looked at when the app is started. */
const ANY_MODULE = new URL(import.meta.url);

/**
 * @param name of the config, for faults of the whole
 * @param isHere the apps whose folders must exist; those of others may be on another machine. One without a name is here
 */
export function configFaults(
  name: string,
  config: object,
  isHere: (app: string) => boolean,
): readonly string[] {
  return collectFaults(() => checkConfig(name, config as Record<string, unknown>, isHere)).faults;
}

function checkConfig(
  name: string,
  config: Record<string, unknown>,
  isHere: (app: string) => boolean,
): void {
  const { $schema: _, ...rest } = config;
  if (!('apps' in config)) {
    checkApp('', name, rest as AppConfig, true);
    return;
  }
  for (const beside of Object.keys(rest)) {
    if (beside === 'apps') continue;
    fault(
      `${name}: beside \`apps\` there is no option ${check.shown(beside)}. Give it to an app.`,
      0,
    );
  }
  if (!check.isObject('apps', config.apps, 'an object of apps')) return;
  const apps = Object.entries(config.apps as object);
  if (apps.length === 0) fault('apps: it has no app.', 0);
  for (const [app, options] of apps) {
    const wanted = 'a name: 1 to 40 letters, digits, ".", "_" or "-"';
    if (!isName(app)) fault(`apps: ${check.shown(app)} is not ${wanted}.`, 0);
    checkApp(`apps.${app}.`, `apps.${app}`, options, isHere(app));
  }
}

/** @param at what paths begin with. @param name of the app itself */
function checkApp(at: string, name: string, given: AppConfig, withFolders: boolean): void {
  if (!check.isObject(name, given, 'an object of options')) return;
  assertNames(name, given, OF_APPS);
  const { environments, ...base } = given;
  const faults = settingsFaults(at, name, base, withFolders);
  for (const one of faults) fault(one, 0);
  if (environments === undefined) return;
  if (!check.isObject(`${at}environments`, environments, 'an object of environments')) return;
  for (const [environment, own] of Object.entries(environments)) {
    const path = `${at}environments.${environment}`;
    if (!check.isObject(path, own, 'an object of options')) continue;
    assertNames(path, own, OF_SETTINGS);
    const known = new Set(settingsFaults(`${path}.`, path, base, false));
    for (const one of settingsFaults(`${path}.`, path, mergeOptions(base, own), false)) {
      if (!known.has(one)) fault(one, 0);
    }
  }
}

/** Of one app in one environment; the names of its own options were looked at. */
function settingsFaults(
  at: string,
  name: string,
  settings: AppSettings,
  withFolders: boolean,
): readonly string[] {
  const { faults } = collectFaults(() => {
    const { file, envFile, watch, watchIgnore, jsonLogs } = settings;
    checkFile('file', file);
    if (typeof envFile !== 'string' && envFile !== undefined) check.texts('envFile', envFile);
    if (envFile === '') check.text('envFile', envFile);
    if (watch !== undefined) check.flag('watch', watch);
    if (watchIgnore !== undefined) check.texts('watchIgnore', watchIgnore);
    if (jsonLogs !== undefined) check.flag('jsonLogs', jsonLogs);
    for (const one of clusterOptionFaults(clusterOptions(settings, withFolders))) fault(one, 0);
  });
  return faults.map((one) => (one.startsWith(TAKER) ? name + one.slice(TAKER.length) : at + one));
}

function clusterOptions(settings: AppSettings, withFolders: boolean): ClusterOptions {
  const { cwd, roles, ...options } = pick(settings, OF_CLUSTERS);
  const folder = (its: unknown) => (withFolders && its !== undefined ? { cwd: its } : {});
  const ofRole = (role: string, given: unknown) => {
    if (!isMap(given)) return given;
    assertNames(`roles.${role}`, given, OF_ROLE_CONFIGS);
    checkFile(`roles.${role}.file`, given.file);
    const { cwd: its, ...others } = pick(given, OF_ROLES);
    return { ...others, ...folder(its) };
  };
  const checked = isMap(roles)
    ? Object.fromEntries(Object.entries(roles).map(([role, own]) => [role, ofRole(role, own)]))
    : roles;
  return {
    ...options,
    ...folder(cwd),
    ...(checked !== undefined && { roles: checked }),
    worker: ANY_MODULE,
  } as ClusterOptions;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function assertNames(name: string, given: object, known: readonly string[]): void {
  const { worker, ...others } = given as { worker?: unknown };
  if (worker !== undefined) {
    fault(`${name}: in a config, \`worker\` is called \`file\`, because it is always a path.`, 0);
  }
  check.objectOf(name, others as Record<string, unknown>, known);
}

function checkFile(name: string, file: unknown): void {
  if (file === undefined) return;
  const { protocol = 'file:' } = file instanceof URL ? file : {};
  if (protocol !== 'file:') fault(`${name}: ${String(file)} is no file of this machine.`, file);
  if (!(file instanceof URL)) check.text(name, file as string);
}

/** Of names that are not among these, faults tell already. */
function pick(given: object, names: readonly string[]): Record<string, unknown> {
  const known = Object.entries(given).filter(([name]) => names.includes(name) && name !== 'worker');
  return Object.fromEntries(known);
}
