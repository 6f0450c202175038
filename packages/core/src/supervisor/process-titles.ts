// What `ps` shows for the processes of a cluster: the app, the slot and the role.
import { basename } from 'node:path';
import { nameAt } from '../extensions/control/socket/socket-name.js';
import { printable } from '../text/printable.js';
import type { WorkerIdentity } from '../worker-status.js';
import type { ResolvedOptions } from './options/options.js';

const MAX_CHARACTERS = 40;
/** The role of an app that has only one. */
const ONLY_ROLE = 'worker';

/** The given name of the cluster, else that of its folder. */
export function appOf({ control, roles }: Pick<ResolvedOptions, 'control' | 'roles'>): string {
  const given = typeof control === 'object' ? control.name : control && nameAt(control);
  return printable(given || basename(roles[0]?.cwd ?? process.cwd()) || 'cluster', MAX_CHARACTERS);
}

/** Such as `muster: shop worker 2 (web)`. */
export function workerTitle(app: string, { slot, role }: WorkerIdentity): string {
  const of = role === ONLY_ROLE ? '' : ` (${printable(role, MAX_CHARACTERS)})`;
  return `muster: ${app} worker ${slot}${of}`;
}

export const primaryTitle = (app: string): string => `muster: ${app} primary`;
export const guardianTitle = (app: string): string => `muster: ${app} guardian`;
