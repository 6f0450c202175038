// Which extensions a cluster has: one line each.
import type { Extension } from '../extension.js';
import type { ResolvedOptions } from './options.js';

/** `health` adds health, admin and sticky here; `cli` the control socket and the log relay. */
export function createExtensions(_options: ResolvedOptions): Extension[] {
  return [];
}
