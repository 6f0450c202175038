// Which extensions a cluster has.

import type { Log } from '../cluster-extension.js';
import { createAppExtension } from '../extensions/app/app-extension.js';
import { createBusRouter } from '../extensions/bus/bus-router.js';
import { createChildCleanup } from '../extensions/children/child-cleanup.js';
import type { ConsoleSources } from '../extensions/console/sources.js';
import type { ClusterFacts } from '../extensions/control/cluster-facts.js';
import type { Extension, LogLine } from '../extensions/extension.js';
import { createGuardian } from '../extensions/guardian/guardian.js';
import { Health } from '../extensions/health/health.js';
import { intervalsOf } from '../extensions/health/intervals.js';
import { lazyExtension } from '../extensions/lazy-extension.js';
import type { PrimaryStore } from '../extensions/locks/primary-store.js';
import { KeptLogs } from '../extensions/logs/kept-logs.js';
import { createLogRelay } from '../extensions/logs/log-relay.js';
import { createSocketFiles } from '../extensions/socket-files/extension.js';
import type { ResolvedOptions } from './options/options.js';
import { appOf, guardianTitle } from './process-titles.js';

/** What is known of the primary beside its options. */
export interface PrimaryParts {
  /** The id of the cluster. */
  readonly id: string;
  /** Returns a function that ends it. */
  onLogLine(listener: (line: LogLine) => void): () => void;
}

/** If two set the same variable for a fork, the later one wins. */
export function createExtensions(
  options: ResolvedOptions,
  primaryStore: PrimaryStore,
  { id, onLogLine }: PrimaryParts,
): Extension[] {
  const { admin, control, sticky, machines, store, logs } = options;
  const { file } = logs;
  const kept = new KeptLogs();
  const outputs = logs.keep ? 'all' : 'stderr';
  const health = new Health(options.roles, { observe: admin !== undefined });
  const drainTimeoutMs = Math.max(...options.roles.map((role) => role.drainTimeoutMs));
  const [first] = options.roles;
  const scaled = options.roles.flatMap(({ role, range }) => (range ? [{ role, range }] : []));
  const onWindows = process.platform === 'win32';
  const facts: ClusterFacts = {};
  const joined = machines
    ? lazyExtension('machines', 'start', async () =>
        (await import('../extensions/machines/machines.js')).createMachines(machines, store),
      )
    : undefined;
  return [
    createBusRouter(),
    ...(joined ? [joined] : []),
    ...(onWindows
      ? []
      : [createGuardian(drainTimeoutMs, guardianTitle(appOf(options))), createSocketFiles()]),
    // Before the control socket, which tells the last lines when both stop.
    createLogRelay({
      ...{ prefix: logs.prefix, roles: options.roles.length, kept },
      ...(file && {
        openFile: async (log: Log) => {
          const { LogFile } = await import('../extensions/logs/log-file.js');
          return new LogFile(file, appOf(options), log);
        },
      }),
    }),
    // A control socket that was configured must open before anything is forked; the cluster goes on without its default one.
    ...(onWindows || control === false
      ? []
      : [
          lazyExtension(
            'control socket',
            control === undefined ? 'duringStart' : 'start',
            async () =>
              (await import('../extensions/control/control-socket.js')).createControlSocket(
                control,
                {
                  cwd: first?.cwd ?? process.cwd(),
                  file: first?.code.path ?? '',
                },
                primaryStore,
                { kept, outputs },
                facts,
              ),
          ),
        ]),
    createChildCleanup(options.roles),
    health,
    // After health: these workers report more often.
    ...(scaled.length > 0
      ? [
          lazyExtension('autoscale', 'start', async () => {
            const { Autoscale } = await import('../extensions/autoscale/autoscale.js');
            return new Autoscale(scaled, intervalsOf(options.roles.map((role) => role.health)));
          }),
        ]
      : []),
    ...(admin
      ? [
          lazyExtension('admin', 'start', async () => {
            const { createAdmin } = await import('../extensions/admin/admin.js');
            const sources: ConsoleSources = {
              ...{ health, store: primaryStore, facts, cluster: id, onLogLine },
              ...{ logs: kept, outputs },
              machines: () => joined?.status?.().machines,
            };
            const console =
              admin.console &&
              new (await import('../extensions/console/console.js')).Console(
                admin.console,
                sources,
              );
            return createAdmin(admin, health, primaryStore, console);
          }),
        ]
      : []),
    ...(sticky
      ? [
          lazyExtension('sticky', 'start', async () =>
            (await import('../extensions/sticky/sticky.js')).createSticky(sticky),
          ),
        ]
      : []),
    ...(process.env.NOTIFY_SOCKET
      ? [
          lazyExtension('systemd', 'duringStart', async () => {
            const { Systemd } = await import('../extensions/systemd/systemd.js');
            return new Systemd(process.env);
          }),
        ]
      : []),
    ...options.extensions.map(createAppExtension),
  ];
}
