/**
 * How much of the primary's resources sticky connections may hold: a share of its file descriptors, because forks, stores
 * and the control socket need some, and because one worker that takes no connections must not cost the clients of others
 * anything.
 */
import { readFileSync } from 'node:fs';

export interface StickyLimits {
  /** Connections whose head is being read. */
  readonly reading: number;
  /** Connections that wait for one worker, and for all of them together. */
  readonly waitingPerWorker: number;
  readonly waiting: number;
  /** Connections to an address on which no worker listens at the moment. */
  readonly unrouted: number;
  /** Connections that get an error response. */
  readonly refusing: number;
  /** Addresses on which all workers, and one worker, may listen. */
  readonly listeners: number;
  readonly listenersPerWorker: number;
}

/** Connections in total, even if the system allows more. */
const MAX_CONNECTIONS = 4_096;
const MAX_LISTENERS = 1_024;

export function stickyLimits(descriptors: number): StickyLimits {
  const all = Math.min(MAX_CONNECTIONS, Math.floor(descriptors / 2));
  const listeners = Math.min(MAX_LISTENERS, Math.floor(descriptors / 8));
  const share = (part: number) => Math.max(1, Math.floor(all / part));
  return {
    reading: share(4),
    waitingPerWorker: share(4),
    waiting: share(2),
    unrouted: share(8),
    refusing: share(8),
    listeners,
    listenersPerWorker: Math.max(1, Math.floor(listeners / 4)),
  };
}

/** How many files and sockets this process may have open. */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    return numberOf(/^Max open files\s+(\S+)/m.exec(limits)?.[1]);
  } catch {
    // Not Linux. The report knows it everywhere, and takes some milliseconds.
    const report = process.report?.getReport() as
      | { userLimits?: { open_files?: { soft?: number | string } } }
      | undefined;
    return numberOf(report?.userLimits?.open_files?.soft);
  }
}

function numberOf(limit: number | string | undefined): number {
  const count = Number(limit);
  return Number.isNaN(count) ? Number.POSITIVE_INFINITY : count;
}
