// What `startCluster()` was given, checked, and with every default in its place.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterOptions, Logger, StoreWiring, WorkerCode } from '../cluster.js';
import { ClusterMisuseError } from '../errors.js';
import type { RestartPolicy } from './restart-policy.js';

export interface ResolvedOptions {
  /** The module that workers load, or `undefined` where they run the primary's own main module. */
  file: string | undefined;
  workers: number;
  env: Record<string, string>;
  execArgv: string[];
  store: StoreWiring | undefined;
  readyWhen: 'auto' | 'manual';
  readyTimeoutMs: number;
  drainTimeoutMs: number;
  restart: RestartPolicy;
  logger: Logger;
}

export function resolveOptions(options: ClusterOptions): ResolvedOptions {
  const { ready = {}, drain = {}, restart = {} } = options;
  return {
    file: workerFile(options.worker),
    workers: workerCount(options.workers ?? 'auto'),
    env: options.env ?? {},
    execArgv: options.execArgv ?? process.execArgv,
    store: storeWiring(options.store),
    readyWhen: ready.when ?? 'auto',
    readyTimeoutMs: milliseconds('ready.timeoutMs', ready.timeoutMs, 30_000),
    drainTimeoutMs: milliseconds('drain.timeoutMs', drain.timeoutMs, 30_000),
    restart: {
      minDelayMs: milliseconds('restart.minDelayMs', restart.minDelayMs, 100),
      maxDelayMs: milliseconds('restart.maxDelayMs', restart.maxDelayMs, 5_000),
      stableMs: milliseconds('restart.stableMs', restart.stableMs, 10_000),
      maxCrashes: restart.maxCrashes ?? 10,
      windowMs: milliseconds('restart.windowMs', restart.windowMs, 60_000),
    },
    logger: options.logger ?? console,
  };
}

function workerFile(code: WorkerCode): string | undefined {
  if (typeof code === 'function') {
    if (process.argv[1]) return undefined;
    throw new ClusterMisuseError(
      'startCluster(function) runs the main module again in each worker, and this process has none. ' +
        'Put the worker code in a file and give its path: startCluster({ worker: "./worker.js" }).',
    );
  }
  if (typeof code !== 'string' && !(code instanceof URL)) {
    throw new ClusterMisuseError(
      `startCluster() takes a function, or options with \`worker\`: a function, a path or a URL. It got ${typeof code}.`,
    );
  }
  const file =
    code instanceof URL || code.startsWith('file:') ? fileURLToPath(code) : resolve(code);
  if (existsSync(file)) return file;
  throw new ClusterMisuseError(
    `The worker file ${file} does not exist. A path is relative to the working directory; ` +
      'new URL("./worker.js", import.meta.url) is relative to the module.',
  );
}

function storeWiring(store: StoreWiring | undefined): StoreWiring | undefined {
  if (store === undefined || typeof store.url === 'string') return store;
  throw new ClusterMisuseError(
    'store: give a `url`. A client cannot be handed to another process; each worker connects by itself.',
  );
}

function workerCount(workers: number | 'auto'): number {
  if (workers === 'auto') return availableParallelism();
  if (Number.isInteger(workers) && workers >= 1) return workers;
  throw new ClusterMisuseError(
    `workers: ${String(workers)} is not a whole number above 0. Give one, or "auto" for one per core.`,
  );
}

function milliseconds(name: string, given: number | undefined, standard: number): number {
  const value = given ?? standard;
  if (Number.isFinite(value) && value >= 0) return value;
  throw new ClusterMisuseError(`${name}: ${String(value)} is not a number of milliseconds.`);
}
