// Which extensions a cluster has: one line each.
import { createControlSocket } from '../control-socket/control-socket.js';
import type { Extension } from '../extension.js';
import { createLogRelay } from '../logs/log-relay.js';
import { Health } from './health/health.js';
import type { ResolvedOptions } from './options.js';

/** `health` adds admin and sticky here. */
export function createExtensions(options: ResolvedOptions): Extension[] {
  const health = new Health(options.roles, { observe: options.admin !== undefined });
  return [
    createControlSocket(),
    ...(options.logs === 'prefix' ? [createLogRelay(options.roles.length)] : []),
    health,
  ];
}
