// What the console hears from other parts of the primary.
import type { MachinesStatus } from '@muster/machines';
import type { ClusterFacts } from '../control/cluster-facts.js';
import type { LogLine } from '../extension.js';
import type { Health } from '../health/health.js';
import type { PrimaryStore } from '../locks/primary-store.js';
import type { KeptLogs } from '../logs/kept-logs.js';

export interface ConsoleSources {
  readonly health: Pick<Health, 'heard'>;
  readonly store: PrimaryStore;
  readonly facts: ClusterFacts;
  /** What the owners of this cluster's workers begin with. */
  readonly cluster: string;
  readonly logs: KeptLogs;
  /** Which outputs of workers pass through the primary. */
  readonly outputs: 'all' | 'stderr';
  machines(): MachinesStatus | undefined;
  /** Returns a function that ends it. */
  onLogLine(listener: (line: LogLine) => void): () => void;
}
