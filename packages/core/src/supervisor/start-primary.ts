// The primary's side of `startCluster()`: puts its parts together, and ends the process.
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers';
import { unknownVariables } from '../checks/unknown-variables.js';
import { type Cluster, exitCodes } from '../cluster.js';
import type { ClusterOptions } from '../cluster-options.js';
import { ClusterMisuseError } from '../errors.js';
import { ExtensionHost } from '../extensions/extension-host.js';
import { LockRelease } from '../extensions/locks/lock-release.js';
import { PrimaryStore } from '../extensions/locks/primary-store.js';
import { setProcessTitle } from '../process/process-title.js';
import { makeOutputReliable } from '../process/reliable-output.js';
import { CrashResponse } from './crash-response.js';
import { deferEnd } from './deferred-end.js';
import { Announcer } from './events/announcer.js';
import { createLog } from './events/log.js';
import { createExtensions } from './extensions.js';
import { resolveOptions } from './options/options.js';
import { appOf, primaryTitle } from './process-titles.js';
import { assertNode } from './runtime.js';
import { listenForSignals } from './signals.js';
import { Slot } from './slot/slot.js';
import { SlotTable } from './slot/slot-table.js';
import { SlotForks } from './slot-forks.js';
import { wireStore } from './store-wiring.js';
import { Supervisor } from './supervisor.js';

/** Milliseconds that a forced stop has for the last lines of its workers. */
const FORCED_MS = 3_000;

let running = false;

export async function startPrimary(given: ClusterOptions): Promise<Cluster> {
  assertNode();
  const options = resolveOptions(given);
  if (running) {
    throw new ClusterMisuseError(
      'startCluster() was called again while a cluster runs in this process. Stop the first: await cluster.stop().',
    );
  }
  // Every worker depends on this event loop, so a slow reader must not block it.
  makeOutputReliable({ timeoutMs: 0, ownStderr: false });
  const unwireStore = wireStore(options.store);
  running = true;
  setProcessTitle(primaryTitle(appOf(options)));
  const log = createLog(options.logger);
  for (const text of unknownVariables(process.env)) log.warn('environment.unknown', text, {});
  const store = new PrimaryStore();
  const locks = new LockRelease(log, store);
  /** Distinguishes the processes of this cluster from others that use the same store. */
  const id = randomUUID();
  const parts = createExtensions(options, store, { id, onLogLine: log.onLine });
  const extensions = new ExtensionHost([...parts, locks], log);
  const announcer = new Announcer(log, extensions, options.hooks);
  /** Set when a signal, or the end of all workers, ends the cluster and with it the process; not when the app does. */
  let exitCode: number | undefined;
  let end = (code: number): void => process.exit(code);

  const table = new SlotTable(
    (slot) =>
      new Slot({
        ...slot,
        events: response,
        prepare: (identity) => forks.prepare(slot.role, identity),
        fork: (identity, fork) => forks.fork(slot.role, identity, fork),
      }),
  );
  const response = new CrashResponse({
    table,
    announcer,
    nothingLeft: (failed) => {
      exitCode ??= failed ? exitCodes.crashLoop : exitCodes.stopped;
      void supervisor.stop('there is nothing left to run');
    },
  });
  const forks = new SlotForks({
    ...{ options, announcer, extensions, locks, cluster: id },
    overdue: (worker, timeoutMs) => response.overdue(worker, timeoutMs),
    stuck: (worker, exitCode, afterMs) => response.stuck(worker, exitCode, afterMs),
  });
  const supervisor = new Supervisor({
    ...{ options, table, announcer, extensions },
    stopped: async () => {
      running = false;
      unwireStore();
      // Before that: a signal that comes in between would end the process as if nobody had listened.
      if (exitCode !== undefined) end(exitCode);
      unlisten();
    },
  });
  const unlisten = listenForSignals({
    stop: (signal) => {
      exitCode ??= exitCodes.stopped;
      end = deferEnd();
      void supervisor.stop(signal);
    },
    force: () => {
      if (exitCode === exitCodes.forced) end(exitCode);
      exitCode = exitCodes.forced;
      supervisor.kill();
      setTimeout(() => end(exitCodes.forced), FORCED_MS);
    },
    // Their outcome is logged; nobody waits for it.
    reload: () => void supervisor.reload().catch(() => {}),
    resize: (by) => void supervisor.scaling.resize(by).catch(() => {}),
  });
  await supervisor.start();
  return supervisor;
}
