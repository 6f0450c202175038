// `workers` of a role: a number, or a range in which it follows the load.
import { fault } from '../../checks/faults.js';
import * as check from '../../checks/option-checks.js';
import type { RoleOptions, WorkerRange } from '../../cluster-options.js';
import type { ResolvedRange } from '../../extensions/autoscale/policy.js';
import { autoWorkers } from './cpu-quota.js';

export interface WorkerCount {
  /** With which the role starts. */
  readonly workers: number;
  readonly range?: ResolvedRange;
}

const NAMES = ['min', 'max', 'upAt', 'downAt', 'upAfterMs', 'downAfterMs'] as const;

export function workerCount(
  name: string,
  workers: NonNullable<RoleOptions['workers']>,
): WorkerCount {
  if (workers === 'auto') return { workers: autoWorkers() };
  if (typeof workers === 'object' && !Array.isArray(workers)) {
    const range = rangeOf(name, check.objectOf(name, workers, NAMES));
    return { workers: range.min, range };
  }
  const count = workers as number;
  if (Number.isSafeInteger(count) && count >= 1) {
    return { workers: check.workerCount(name, count, 1) };
  }
  return fault(
    `${name}: ${check.shown(workers)} is not a whole number above 0. Give one, "auto" for one per core, or { min, max }.`,
    { workers: 1 },
  );
}

function rangeOf(name: string, given: WorkerRange): ResolvedRange {
  const min =
    (given.min as unknown) === 'auto'
      ? fault(
          `${name}.min: "auto" is for max, one per core. Give the number below which the role never goes, such as 1.`,
          1,
        )
      : boundOf(name, given, 'min');
  const max =
    given.max === 'auto' ? Math.max(min, autoWorkers()) : boundOf(name, given, 'max', min);
  if (min > max) {
    fault(`${name}.min: ${min} is more than ${name}.max, which is ${max}.`, min);
  }
  return {
    min,
    max,
    ...sharesOf(name, given),
    ...timesOf(name, given),
  };
}

/** @param misspelt what stands for one whose name is wrong, of which the fault is told */
function boundOf(name: string, given: WorkerRange, bound: 'min' | 'max', misspelt = 1): number {
  if (check.isMisspelt(given, bound, NAMES)) return misspelt;
  return check.workerCount(`${name}.${bound}`, given[bound] as number, 1);
}

/** A default gives way to a given value. */
function sharesOf(name: string, given: WorkerRange): Pick<ResolvedRange, 'upAt' | 'downAt'> {
  const { upAt = given.downAt && given.downAt >= 0.7 ? (1 + given.downAt) / 2 : 0.7 } = given;
  const { downAt = Math.min(0.4, 0.6 * upAt) } = given;
  const areShares = isShare(`${name}.upAt`, upAt) && isShare(`${name}.downAt`, downAt);
  if (!areShares || (downAt < upAt && upAt < 1)) return { upAt, downAt };
  return fault(
    `${name}.upAt: ${upAt} has to be above downAt, which is ${downAt}, and below 1, since no worker is busier than that.`,
    { upAt, downAt },
  );
}

function isShare(name: string, value: number): boolean {
  if (typeof value === 'number' && value > 0 && value <= 1) return true;
  return fault(`${name}: ${check.shown(value)} is not a share of the time, such as 0.7.`, false);
}

/** A few heartbeats have to come in this time. */
const MIN_UP_AFTER_MS = 250;

function timesOf(
  name: string,
  given: WorkerRange,
): Pick<ResolvedRange, 'upAfterMs' | 'downAfterMs'> {
  const [upAfterMs, downAfterMs] = check.ascending(
    { name: `${name}.upAfterMs`, value: given.upAfterMs, standard: 10_000 },
    { name: `${name}.downAfterMs`, value: given.downAfterMs, standard: 120_000 },
  );
  if (upAfterMs >= MIN_UP_AFTER_MS) return { upAfterMs, downAfterMs };
  return fault(
    `${name}.upAfterMs: ${upAfterMs} ms is too short to tell a load from a moment; ${MIN_UP_AFTER_MS} is the least.`,
    { upAfterMs, downAfterMs },
  );
}
