// How much memory this process uses.
import { openSync, readSync } from 'node:fs';

export interface Memory {
  rssBytes: number;
  /** Without pages of files: code, and the map of an embedded store, which every worker that reads it touches. */
  ownBytes: number;
  heapUsedBytes: number;
}

let last: Memory = { rssBytes: 0, ownBytes: 0, heapUsedBytes: 0 };

/** The previous values if they cannot be read: Node needs a file descriptor for it, and there may be none left. */
export function memory(): Memory {
  try {
    const { rss, heapUsed } = process.memoryUsage();
    const own = ownShare(readStatm());
    last = { rssBytes: rss, ownBytes: Math.round(rss * own), heapUsedBytes: heapUsed };
  } catch {
    // The worker goes on serving, and still sends a heartbeat.
  }
  return last;
}

/**
 * The share of resident pages that are not backed by a file, from the text of `/proc/self/statm`: size, resident, shared…,
 * in pages (proc_pid_statm(5)). 1 if not known.
 */
export function ownShare(statm: string | undefined): number {
  const [, resident, shared] = (statm ?? '').split(' ').map(Number);
  if (!resident || shared === undefined || !(shared <= resident)) return 1;
  return (resident - shared) / resident;
}

/** Kept open, because opening takes ten times as long as reading. */
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
