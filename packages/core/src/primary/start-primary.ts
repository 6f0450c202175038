// The primary's side of `startCluster()`: store and bus wired, workers forked, signals heard.
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { createBus } from '@muster/bus';
import { resolveStoreTarget } from '@muster/store';
import { type Cluster, exitCodes } from '../cluster.js';
import type { ClusterOptions } from '../cluster-options.js';
import { ClusterMisuseError } from '../errors.js';
import { ExtensionHost } from './extension-host.js';
import { createExtensions } from './extensions.js';
import { createLog } from './log.js';
import { type ResolvedOptions, resolveOptions } from './options.js';
import type { ResolvedRole } from './role-options.js';
import { listenForSignals } from './signals.js';
import { Supervisor, type SupervisorOptions } from './supervisor.js';
import { releaseOf } from './worker-code.js';
import { WorkerProcess } from './worker-process.js';

/** What a worker whose code is a module runs first. */
const WORKER_MAIN = fileURLToPath(new URL('../worker/main.js', import.meta.url));

let running = false;

export async function startPrimary(given: ClusterOptions): Promise<Cluster> {
  const options = resolveOptions(given);
  if (running) {
    throw new ClusterMisuseError(
      'startCluster() was called again while a cluster runs in this process. Stop the first: await cluster.stop().',
    );
  }
  const { url } = resolveStoreTarget(options.store);
  running = true;
  // Here and not only in the workers' environment, so that the primary's own createSharedStore() agrees.
  const before = process.env.MUSTER_STORE_URL;
  if (url) process.env.MUSTER_STORE_URL = url;
  const bus = createBus();
  /** Set where not the app but a signal or a crash loop ends the cluster, and with it the process. */
  let exitCode: number | undefined;
  const supervisor = superviseWorkers(options, {
    collapsed: () => {
      exitCode = exitCodes.crashLoop;
    },
    stopped: () => {
      running = false;
      if (before === undefined) delete process.env.MUSTER_STORE_URL;
      else process.env.MUSTER_STORE_URL = before;
      deafen();
      void bus.close();
      if (exitCode !== undefined) process.exit(exitCode);
    },
  });
  const deafen = listenForSignals({
    stop: (signal) => {
      exitCode ??= exitCodes.stopped;
      void supervisor.stop(signal);
    },
    force: () => {
      supervisor.kill();
      process.exit(exitCodes.forced);
    },
  });
  await supervisor.start();
  return supervisor;
}

function superviseWorkers(
  options: ResolvedOptions,
  ends: Pick<SupervisorOptions, 'collapsed' | 'stopped'>,
): Supervisor {
  const log = createLog(options.logger);
  const extensions = new ExtensionHost(createExtensions(options), log);
  const role = options.roles[0] as ResolvedRole;
  return new Supervisor({
    ...ends,
    options,
    extensions,
    log,
    role: role.role,
    workers: role.workers,
    restart: role.restart,
    readyTimeoutMs: role.ready.timeoutMs,
    drainTimeoutMs: role.drainTimeoutMs,
    fork: (identity, events) => {
      cluster.setupPrimary({
        execArgv: [...role.execArgv(identity), ...extensions.forkSettings(identity).execArgv],
        // Said in both cases: node:cluster keeps what an earlier cluster of this process said.
        exec: role.code.kind === 'module' ? WORKER_MAIN : releaseOf(role.code),
      });
      const env = { ...workerEnv(role), ...extensions.forkSettings(identity).env };
      return new WorkerProcess(identity, env, events);
    },
  });
}

function workerEnv(role: ResolvedRole): Record<string, string> {
  return {
    ...role.env,
    // Said in both cases, too: this primary may itself have been started by a worker, and inherit its environment.
    MUSTER_WORKER_FILE: role.code.kind === 'module' ? releaseOf(role.code) : '',
    MUSTER_READY: role.ready.when,
    MUSTER_DRAIN_TIMEOUT_MS: String(role.drainTimeoutMs),
  };
}
