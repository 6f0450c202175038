// Which extensions a cluster has: one line each.
import { createControlSocket } from '../control-socket/control-socket.js';
import type { Extension } from '../extension.js';
import { createLogRelay } from '../logs/log-relay.js';
import { createGuardian } from './guardian.js';
import { Health } from './health/health.js';
import { lazyExtension } from './lazy-extension.js';
import type { ResolvedOptions } from './options.js';

/** Where two say something of a fork, the later one is right. */
export function createExtensions(options: ResolvedOptions): Extension[] {
  const { admin, sticky } = options;
  const health = new Health(options.roles, { observe: admin !== undefined });
  const drainTimeoutMs = Math.max(...options.roles.map((role) => role.drainTimeoutMs));
  return [
    ...(process.platform === 'win32' ? [] : [createGuardian(drainTimeoutMs)]),
    createControlSocket(),
    ...(options.logs === 'prefix' ? [createLogRelay(options.roles.length)] : []),
    health,
    ...(admin
      ? [
          lazyExtension('admin', async () =>
            (await import('../admin/admin.js')).createAdmin(admin, health),
          ),
        ]
      : []),
    ...(sticky
      ? [
          lazyExtension('sticky', async () =>
            (await import('../sticky/sticky.js')).createSticky(sticky),
          ),
        ]
      : []),
  ];
}
