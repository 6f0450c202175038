// What `startCluster()` was given, checked, and with every default in its place.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterOptions, Logger, StoreWiring, WorkerCode } from '../cluster.js';
import { ClusterMisuseError } from '../errors.js';
import type { RestartPolicy } from './restart-policy.js';

/** What Node's timers can hold: about 24 days. */
const MOST_MS = 2 ** 31 - 1;

const CODE_FLAG = /^(-e|--eval|-p|--print|-pe)$/;

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
  assertObject('startCluster()', options, 'a function, or options');
  const { ready = {}, drain = {}, restart = {} } = options;
  for (const [name, group] of Object.entries({ ready, drain, restart })) {
    assertObject(name, group, 'an object');
  }
  return {
    file: workerFile(options.worker),
    workers: workerCount(options.workers ?? 'auto'),
    env: options.env ?? {},
    execArgv: options.execArgv ?? withoutCode(process.execArgv),
    store: storeWiring(options.store),
    readyWhen: readyRule(ready.when ?? 'auto'),
    readyTimeoutMs: milliseconds('ready.timeoutMs', ready.timeoutMs, 30_000),
    drainTimeoutMs: milliseconds('drain.timeoutMs', drain.timeoutMs, 30_000),
    restart: {
      minDelayMs: milliseconds('restart.minDelayMs', restart.minDelayMs, 100),
      maxDelayMs: milliseconds('restart.maxDelayMs', restart.maxDelayMs, 5_000),
      stableMs: milliseconds('restart.stableMs', restart.stableMs, 10_000),
      maxCrashes: crashBudget(restart.maxCrashes ?? 10),
      windowMs: milliseconds('restart.windowMs', restart.windowMs, 60_000),
    },
    logger: checkedLogger(options.logger ?? console),
  };
}

/** Node's arguments without code of the command line: that is the primary's, and no worker's. */
function withoutCode(execArgv: readonly string[]): string[] {
  return execArgv.filter(
    (argument, index) =>
      !CODE_FLAG.test(argument) &&
      !CODE_FLAG.test(execArgv[index - 1] ?? '') &&
      !argument.startsWith('--input-type'),
  );
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
    `workers: ${shown(workers)} is not a whole number above 0. Give one, or "auto" for one per core.`,
  );
}

function milliseconds(name: string, given: number | undefined, standard: number): number {
  const value = given ?? standard;
  if (Number.isFinite(value) && value >= 0 && value <= MOST_MS) return value;
  throw new ClusterMisuseError(
    `${name}: ${shown(value)} is not a number of milliseconds from 0 to ${MOST_MS}.`,
  );
}

function readyRule(when: 'auto' | 'manual'): 'auto' | 'manual' {
  if (when === 'auto' || when === 'manual') return when;
  throw new ClusterMisuseError(`ready.when: ${shown(when)} is neither "auto" nor "manual".`);
}

function crashBudget(crashes: number): number {
  if (typeof crashes === 'number' && crashes >= 1) return crashes;
  throw new ClusterMisuseError(`restart.maxCrashes: ${shown(crashes)} is not a number above 0.`);
}

function checkedLogger(logger: Logger): Logger {
  const missing = (['info', 'warn', 'error'] as const).find(
    (name) => typeof logger[name] !== 'function',
  );
  if (missing === undefined) return logger;
  throw new ClusterMisuseError(`logger: it has no function \`${missing}\`; console has all three.`);
}

function assertObject(name: string, value: unknown, wanted: string): void {
  if (typeof value === 'object' && value !== null) return;
  throw new ClusterMisuseError(`${name} takes ${wanted}, and got ${shown(value)}.`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
