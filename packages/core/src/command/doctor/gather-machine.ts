// Facts of this process and of the machine.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { timeOfDay } from '@muster/codec/timers';
import { cpuQuota } from '../../cluster-grants.js';
import { version } from '../../extensions/control/cluster-description.js';
import type { LimitFacts, MachineFacts, NodeFacts } from './facts.js';

export function nodeFacts(folder: string): NodeFacts {
  return {
    version: process.version,
    now: timeOfDay(),
    platform: process.platform,
    options: process.env.NODE_OPTIONS ?? '',
    muster: version,
    musterHere: versionIn(folder),
  };
}

function versionIn(folder: string): string | undefined {
  try {
    return createRequire(join(folder, 'x'))('@muster/core/package.json').version;
  } catch {
    return undefined;
  }
}

export async function limitFacts(): Promise<LimitFacts> {
  const [limits = '', backlog] = await Promise.all(
    ['/proc/self/limits', '/proc/sys/net/core/somaxconn'].map((path) =>
      readFile(path, 'utf8').catch(() => undefined),
    ),
  );
  return {
    files: limitIn(limits, 'Max open files'),
    processes: limitIn(limits, 'Max processes'),
    backlog: backlog === undefined ? undefined : Number(backlog),
  };
}

/** The hard limit: `Max open files            1024                 524288               files`. Node takes all that it may. */
export function limitIn(text: string, name: string): number | undefined {
  const [, , hard] = new RegExp(`^${name} +(\\S+) +(\\S+)`, 'm').exec(text) ?? [];
  if (hard === undefined) return undefined;
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

export function machineFacts(): MachineFacts {
  const granted = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return {
    cores: availableParallelism(),
    quota: cpuQuota(),
    memoryBytes: Math.min(granted, totalmem()),
  };
}
