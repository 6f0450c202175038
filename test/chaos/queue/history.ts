// What must be true of every history of a queue that was recorded from outside: what was acknowledged, what ran, and how it ended.
import { type Hold, notExclusive, notGrowing } from '../store-history/exclusion.js';

export interface History {
  /** The ids of the jobs that were acknowledged. */
  readonly acknowledged: readonly string[];
  /** How each job ended, as the queue says. */
  readonly ended: ReadonlyMap<string, 'done' | 'failed'>;
  /** How often each job was begun. */
  readonly starts: ReadonlyMap<string, number>;
  /** Attempts that were finished by a worker that held its lease until then. */
  readonly holds: readonly Hold[];
  /** Attempts that a worker may have left behind: of processes that were killed or stopped, and leases that were lost. */
  readonly interrupted: number;
}

export interface Faults {
  /** Jobs that were acknowledged, and neither are done nor have failed. */
  readonly lost: readonly string[];
  /** Jobs that are done, and never ran. */
  readonly unrun: readonly string[];
  /** Jobs that ran twice at once. */
  readonly twice: readonly string[];
  /** Jobs with a fencing token that is not above an earlier one. */
  readonly tokens: readonly string[];
  /** By how much more jobs ran again than were interrupted. */
  readonly again: number;
}

export function faultsOf({ acknowledged, ended, starts, holds, interrupted }: History): Faults {
  const again = Array.from(starts.values()).reduce((sum, count) => sum + count - 1, 0);
  return {
    lost: acknowledged.filter((id) => !ended.has(id)),
    unrun: acknowledged.filter((id) => ended.get(id) === 'done' && !starts.has(id)),
    twice: notExclusive(holds, 1),
    tokens: notGrowing(holds),
    again: Math.max(again - interrupted, 0),
  };
}

export const NO_FAULTS: Faults = { lost: [], unrun: [], twice: [], tokens: [], again: 0 };
