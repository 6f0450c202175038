// What becomes of what workers print, checked and with all defaults.
import { fault } from '../../checks/faults.js';
import * as check from '../../checks/option-checks.js';
import type { ClusterOptions, LogOptions } from '../../cluster-options.js';

export type ResolvedLogs = Required<LogOptions>;

const SHORT: Readonly<Record<string, LogOptions>> = {
  inherit: { keep: false },
  keep: {},
  prefix: { prefix: true },
};

export function resolveLogs(given: ClusterOptions['logs'] = 'inherit'): ResolvedLogs {
  const options = typeof given === 'string' ? SHORT[given] : given;
  if (options === undefined) {
    const choices = Object.keys(SHORT).map(check.shown).join(', ');
    const what = `logs: ${check.shown(given)} is not one of ${choices}, or an object of options.`;
    return fault(what, { keep: false, prefix: false });
  }
  const { keep = true, prefix = false } = check.objectOf('logs', options, ['keep', 'prefix']);
  const resolved = {
    keep: check.flag('logs.keep', keep),
    prefix: check.flag('logs.prefix', prefix),
  };
  if (resolved.keep || !resolved.prefix) return resolved;
  return fault(
    'logs.prefix: lines that do not pass through the primary cannot have one. Leave logs.keep out.',
    resolved,
  );
}
