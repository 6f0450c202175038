// Which extensions a cluster has: one line each.
import type { Extension } from '../extension.js';
import { createLogRelay } from '../logs/log-relay.js';
import { createSocketFiles } from '../socket-files/extension.js';
import { createBusRouter } from './bus-router.js';
import { createChildren } from './children/children.js';
import { createGuardian } from './guardian.js';
import { Health } from './health/health.js';
import { lazyExtension } from './lazy-extension.js';
import type { ResolvedOptions } from './options.js';
import { appOf, guardianTitle } from './titles.js';

/** Where two say something of a fork, the later one is right. */
export function createExtensions(options: ResolvedOptions): Extension[] {
  const { admin, control, sticky } = options;
  const health = new Health(options.roles, { observe: admin !== undefined });
  const drainTimeoutMs = Math.max(...options.roles.map((role) => role.drainTimeoutMs));
  const onWindows = process.platform === 'win32';
  return [
    createBusRouter(),
    ...(onWindows
      ? []
      : [createGuardian(drainTimeoutMs, guardianTitle(appOf(options))), createSocketFiles()]),
    // One that was asked for has to be had before anything is forked; the cluster goes on without its own.
    ...(onWindows || control === false
      ? []
      : [
          lazyExtension('control socket', control === undefined ? 'meanwhile' : 'start', async () =>
            (await import('../control-socket/control-socket.js')).createControlSocket(),
          ),
        ]),
    createChildren(options.roles),
    createLogRelay(options.logs, options.roles.length),
    health,
    ...(admin
      ? [
          lazyExtension('admin', 'start', async () =>
            (await import('../admin/admin.js')).createAdmin(admin, health),
          ),
        ]
      : []),
    ...(sticky
      ? [
          lazyExtension('sticky', 'start', async () =>
            (await import('../sticky/sticky.js')).createSticky(sticky),
          ),
        ]
      : []),
  ];
}
