// Decides whether a cluster should get traffic: a pure function of its status.
import type { ClusterStatus } from '../../worker-status.js';

export interface Readiness {
  readonly ready: boolean;
  /** Workers that serve, and how many there should be. */
  readonly workers: number;
  readonly wanted: number;
  /** The answer in words, for people. */
  readonly text: string;
}

/**
 * A cluster is ready if at least `quorum` of its workers serve, and at least one. A cluster that stops is not ready, though
 * its workers may still answer: no new traffic should come. A role that has stopped for good counts as missing.
 */
export function readiness({ state, roles, degraded }: ClusterStatus, quorum: number): Readiness {
  const wanted = roles.reduce((sum, role) => sum + role.workers, 0);
  const workers = roles.reduce((sum, role) => sum + role.ready, 0);
  const serves = state === 'running' || state === 'starting';
  const ready = serves && workers > 0 && workers >= wanted * quorum;
  const counts = `${ready ? 'ready' : 'not ready'}: ${workers} of ${wanted} workers serve`;
  const text = degraded ? `${counts}; degraded: ${degraded.reason}` : counts;
  return { ready, workers, wanted, text };
}
