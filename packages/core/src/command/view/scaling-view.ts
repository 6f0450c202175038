// Roles whose number of workers follows the load: one line each.
import { printable } from '../../text/printable.js';
import type { RoleStatus } from '../../worker-status.js';
import { duration } from './units.js';

/** @param now milliseconds since the epoch */
export function scalingView(roles: readonly RoleStatus[], now: number): string[] {
  return roles.flatMap(({ role, workers, autoscale }) => {
    if (!autoscale) return [];
    const { min, max, last } = autoscale;
    const how = `role ${printable(role)} follows its load: ${workers} of ${min} to ${max}`;
    if (!last) return [how];
    const ago = duration(Math.max(0, now - last.at));
    return [`${how}; ${last.from} to ${last.to} ${ago} ago: ${printable(last.reason)}`];
  });
}
