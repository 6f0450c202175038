/**
 * `listen({ fd })` in a worker means a file of the primary: a socket that whoever started it passed on, as systemd does.
 * Those that the primary opened itself (its admin endpoint, its channels) are no worker's business.
 */
import { readdirSync } from 'node:fs';
import { fstatOf } from '../../process/safe-stat.js';

/** Read before the primary opens anything. */
const inherited = inheritedSockets();

export function isInheritedSocket(fd: unknown): boolean {
  return inherited.has(fd);
}

function inheritedSockets(): ReadonlySet<unknown> {
  try {
    // Of a primary that is a child itself, one is its channel.
    const channel = (process.channel as { fd?: number } | undefined)?.fd;
    const all = readdirSync('/dev/fd').map(Number);
    return new Set(all.filter((fd) => fd !== channel && isSocket(fd)));
  } catch {
    // Windows passes on none.
    return new Set();
  }
}

function isSocket(fd: number): boolean {
  try {
    return fstatOf(fd).isSocket();
  } catch {
    // The folder itself was read by one.
    return false;
  }
}
