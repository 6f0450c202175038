// What health knows about one worker.
import type { Complete } from '@muster/codec/options';
import type { Heartbeat, ProcessTotals } from '../../channel/heartbeat.js';
import type { HealthOptions } from '../../cluster-options.js';
import type { WorkerIdentity, WorkerVitals } from '../../worker-status.js';
import type { WorkerHandle } from '../extension.js';
import type { Silence } from './silence.js';
import type { WorkerInspector } from './stack/worker-inspector.js';

export interface WatchedWorker {
  readonly handle: WorkerHandle;
  /** The limits of its role. */
  readonly limits: Complete<HealthOptions>;
  /** On the clock of `performance.now()`, because the time of day may be set. */
  readonly forkedAt: number;
  /** Whether it replaced a worker that was too big. */
  readonly afterMemory: boolean;
  readonly inspector: WorkerInspector;
  silence: Silence;
  heartbeat?: Heartbeat;
  /** Its totals, as it reported them last. */
  totals?: ProcessTotals;
  vitals?: WorkerVitals;
  /** Whether the worker is being replaced, or the replacement failed a moment ago. */
  isHandled: boolean;
  /** What it was last asked to measure. */
  observed: { readonly store: boolean; readonly closely: boolean };
}

/** Identifies one process: a slot has two while one replaces the other. */
export function keyOf({ slot, generation }: Pick<WorkerIdentity, 'slot' | 'generation'>): string {
  return `${slot}.${generation}`;
}

export function describe({ info }: WorkerHandle): string {
  return `worker ${info.slot} (pid ${info.pid}, generation ${info.generation})`;
}
