// How much memory this process has.
import { readFileSync } from 'node:fs';

export interface Memory {
  rssBytes: number;
  /** Without pages of files: code, and the map of an embedded store, which any worker that reads it touches. */
  ownBytes: number;
  heapUsedBytes: number;
}

export function memory(): Memory {
  const { rss, heapUsed } = process.memoryUsage();
  const own = ownShare(readStatm());
  return { rssBytes: rss, ownBytes: Math.round(rss * own), heapUsedBytes: heapUsed };
}

/**
 * The share of resident pages that no file stands behind, from the text of `/proc/self/statm`: size, resident, shared…,
 * in pages (proc_pid_statm(5)). 1 where it is not known.
 */
export function ownShare(statm: string | undefined): number {
  const [, resident, shared] = (statm ?? '').split(' ').map(Number);
  if (!resident || shared === undefined || !(shared <= resident)) return 1;
  return (resident - shared) / resident;
}

function readStatm(): string | undefined {
  try {
    return readFileSync('/proc/self/statm', 'utf8');
  } catch {
    return undefined;
  }
}
