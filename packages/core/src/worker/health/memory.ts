// How much memory this process has.
import { openSync, readSync } from 'node:fs';

export interface Memory {
  rssBytes: number;
  /** Without pages of files: code, and the map of an embedded store, which any worker that reads it touches. */
  ownBytes: number;
  heapUsedBytes: number;
}

let last: Memory = { rssBytes: 0, ownBytes: 0, heapUsedBytes: 0 };

/** What it was before where it cannot be read: Node needs a file descriptor for it, and there may be none left. */
export function memory(): Memory {
  try {
    const { rss, heapUsed } = process.memoryUsage();
    const own = ownShare(readStatm());
    last = { rssBytes: rss, ownBytes: Math.round(rss * own), heapUsedBytes: heapUsed };
  } catch {
    // A worker that fails at this serves on, and says so.
  }
  return last;
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

/** Kept open: to open it takes ten times as long as to read it. */
let statm: number | undefined;
const text = Buffer.alloc(128);

function readStatm(): string | undefined {
  try {
    statm ??= openSync('/proc/self/statm', 'r');
    return text.toString('latin1', 0, readSync(statm, text, 0, text.length, 0));
  } catch {
    return undefined;
  }
}
