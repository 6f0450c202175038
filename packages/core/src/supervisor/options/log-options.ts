// What becomes of what workers print, checked and with all defaults.
import { resolve } from 'node:path';
import { fault } from '../../checks/faults.js';
import * as check from '../../checks/option-checks.js';
import type { ClusterOptions, LogOptions } from '../../cluster-options.js';
import type { LogFileOptions } from '../../extensions/logs/log-folder.js';
import { intervalOf } from '../../extensions/logs/rotation-interval.js';

export interface ResolvedLogs {
  readonly keep: boolean;
  readonly prefix: boolean;
  readonly file: LogFileOptions | undefined;
}

const SHORT: Readonly<Record<string, LogOptions>> = {
  inherit: { keep: false },
  keep: {},
  prefix: { prefix: true },
};

const NAMES: readonly (keyof LogOptions)[] = [
  ...(['keep', 'prefix', 'dir'] as const),
  ...(['maxBytes', 'maxAgeMs', 'maxFiles'] as const),
];

const MIB = 1_048_576;

export function resolveLogs(given: ClusterOptions['logs'] = 'inherit'): ResolvedLogs {
  const options = typeof given === 'string' ? SHORT[given] : given;
  if (options === undefined) {
    const choices = Object.keys(SHORT).map(check.shown).join(', ');
    const what = `logs: ${check.shown(given)} is not one of ${choices}, or an object of options.`;
    return fault(what, { keep: false, prefix: false, file: undefined });
  }
  const { keep = true, prefix = false, ...file } = check.objectOf('logs', options, NAMES);
  const resolved = {
    keep: check.flag('logs.keep', keep),
    prefix: check.flag('logs.prefix', prefix),
    file: fileOptions(file),
  };
  if (resolved.keep || !(resolved.prefix || resolved.file)) return resolved;
  return fault(
    `logs.${resolved.file ? 'dir' : 'prefix'}: it needs lines that pass through the primary. Leave logs.keep out.`,
    resolved,
  );
}

function fileOptions(given: Omit<LogOptions, 'keep' | 'prefix'>): LogFileOptions | undefined {
  const { dir, maxBytes = 10 * MIB, maxAgeMs = 86_400_000, maxFiles = 10 } = given;
  if (dir === undefined) {
    const name = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
    if (name === undefined || check.isMisspelt(given, 'dir', NAMES)) return undefined;
    return fault(`logs.${name}: there is no file without logs.dir.`, undefined);
  }
  if (maxAgeMs !== 0 && intervalOf(maxAgeMs) === undefined) {
    fault(
      `logs.maxAgeMs: ${check.shown(maxAgeMs)} is neither whole days nor a whole part of a day or an hour, such as 86400000 or 3600000.`,
      undefined,
    );
  }
  return {
    dir: resolve(check.text('logs.dir', dir)),
    maxBytes: check.count('logs.maxBytes', maxBytes, 1_024),
    maxAgeMs,
    maxFiles: check.count('logs.maxFiles', maxFiles, 1),
  };
}
