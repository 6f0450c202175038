// Facts of the config of this folder, and the stores and servers that its apps use.
import { basename, resolve } from 'node:path';
import { resolveStoreTarget } from '@muster/store/cluster';
import { autoWorkers } from '../../cluster-grants.js';
import type { ClusterOptions } from '../../cluster-options.js';
import type { AppSettings } from '../../config.js';
import { configFaults } from '../config/config-faults.js';
import { type ReadConfig, readConfig } from '../config/configured-app.js';
import { workingFolder } from '../line/working-folder.js';
import { appsOfConfig, type KnownApp, storeUrlOf } from '../start/apps-of-config.js';
import { serverFile } from '../start/server-file.js';
import type { AppFacts, ConfigFacts } from './facts.js';

/** Milliseconds for the code of a config. */
const LOAD_MS = 5_000;

export interface DoctorOptions {
  readonly config?: string | false;
  readonly environment?: string;
  readonly json?: boolean;
}

export interface AppTargets {
  readonly config: ConfigFacts;
  /** URLs, with their passwords, by what may be shown of them. */
  readonly redis: ReadonlyMap<string, string>;
  /** Folders. */
  readonly stores: readonly string[];
}

export async function appTargets(options: DoctorOptions): Promise<AppTargets> {
  const faults: string[] = [];
  const tried = <Value>(what: () => Value): Value | undefined => {
    try {
      return what();
    } catch (error) {
      faults.push((error as Error).message);
      return undefined;
    }
  };
  const { config, environment } = options;
  const which = { here: workingFolder(), config, environment, timeoutMs: LOAD_MS };
  const read = await readConfig(which).catch((error) => {
    faults.push(error.message);
    return undefined;
  });
  if (read) faults.push(...configFaults(basename(read.file), read.config, () => true));
  const apps = read && faults.length === 0 ? appsIn(read, environment, tried) : [];
  const known = apps.length > 0 ? apps : [{ name: undefined, settings: {} }];
  const redis = new Map<string, string>();
  const stores = new Set<string>();
  for (const { settings } of known) {
    for (const url of tried(() => urlsOf(settings)) ?? []) {
      const target = tried(() => resolveStoreTarget(url === undefined ? {} : { url }));
      if (target?.engine === 'embedded') stores.add(target.path);
      else if (target?.engine === 'redis' && target.url) redis.set(target.label, target.url);
    }
  }
  const facts = known.map(({ name, settings }) => ({ name, ...sizeOf(settings) }));
  return {
    config: {
      file: read?.file ?? (faults.length > 0 ? 'muster.config' : undefined),
      faults,
      apps: facts,
    },
    redis,
    stores: [...stores],
  };
}

function appsIn(
  read: ReadConfig,
  environment: string | undefined,
  tried: <Value>(what: () => Value) => Value | undefined,
): KnownApp[] {
  const apps = appsOfConfig(read, environment, tried);
  for (const { name, settings } of apps) {
    const at = name === undefined ? '' : `apps.${name}.`;
    tried(() => assertServer(`${at}file`, settings.file));
    for (const [role, { file: own }] of Object.entries(settings.roles ?? {})) {
      tried(() => assertServer(`${at}roles.${role}.file`, own));
    }
  }
  return apps;
}

/** @throws Error with the path of the option */
function assertServer(option: string, server: string | URL | undefined): void {
  if (typeof server !== 'string') return;
  try {
    serverFile(workingFolder(), resolve(server));
  } catch (error) {
    throw new Error(`${option}: ${(error as Error).message}`);
  }
}

/** Of its store and of the bus between machines; `undefined`: the store is the default one. */
function urlsOf(settings: AppSettings): (string | undefined)[] {
  const { MUSTER_MACHINES } = process.env;
  const { machines = MUSTER_MACHINES } = settings;
  const { url = MUSTER_MACHINES } = typeof machines === 'object' ? machines : {};
  const bus = machines === false ? undefined : url;
  return [storeUrlOf(settings), ...(typeof bus === 'string' && bus.includes(':') ? [bus] : [])];
}

function sizeOf({ roles, ...all }: AppSettings): Omit<AppFacts, 'name'> {
  const parts: Pick<ClusterOptions, 'workers' | 'health'>[] = roles ? Object.values(roles) : [all];
  const counts = parts.map(({ workers = all.workers ?? 'auto' }) => {
    const most = typeof workers === 'object' ? workers.max : workers;
    return most === 'auto' ? autoWorkers() : most;
  });
  const limits = parts.map(({ health }) => health?.maxRssBytes ?? all.health?.maxRssBytes ?? 0);
  return {
    workers: counts.reduce((sum, one) => sum + one, 0),
    maxRssBytes: Math.max(...limits),
  };
}
