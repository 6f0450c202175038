// What health knows of one worker.
import type { Heartbeat, ProcessTotals } from '../../channel/heartbeat.js';
import type { HealthOptions } from '../../cluster-options.js';
import type { WorkerIdentity, WorkerVitals } from '../../worker-status.js';
import type { WorkerHandle } from '../extension.js';
import type { Silence } from './silence.js';
import type { WorkerInspector } from './stack/worker-inspector.js';

export interface WatchedWorker {
  readonly handle: WorkerHandle;
  /** Of its role. */
  readonly limits: Required<HealthOptions>;
  /** On the clock of `performance.now()`: that of the day may be set. */
  readonly forkedAt: number;
  /** Whether it was forked to replace one that was too big. */
  readonly afterMemory: boolean;
  readonly inspector: WorkerInspector;
  silence: Silence;
  heartbeat?: Heartbeat;
  /** What it did so far, as it said last. */
  totals?: ProcessTotals;
  vitals?: WorkerVitals;
  /** Whether something is done about it at the moment, or was a moment ago, in vain. */
  isHandled: boolean;
  /** Whether it was told to count calls of the store, and to look closely. */
  observed: { readonly store: boolean; readonly closely: boolean };
}

/** One process: while one replaces another, a slot has two. */
export function keyOf({ slot, generation }: Pick<WorkerIdentity, 'slot' | 'generation'>): string {
  return `${slot}.${generation}`;
}

export function describe({ info }: WorkerHandle): string {
  return `worker ${info.slot} (pid ${info.pid}, generation ${info.generation})`;
}
