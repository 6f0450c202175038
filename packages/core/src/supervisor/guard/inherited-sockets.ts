/**
 * `listen({ fd })` in a worker means a descriptor of the primary: a socket that the parent of the primary passed on, as
 * systemd does. Workers must not use descriptors that the primary opened itself (its admin endpoint, its channels).
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
    // If the primary is a child itself, one of them is its channel.
    const channel = (process.channel as { fd?: number } | undefined)?.fd;
    const all = readdirSync('/dev/fd').map(Number);
    return new Set(all.filter((fd) => fd !== channel && isSocket(fd)));
  } catch {
    // Windows has no inherited sockets.
    return new Set();
  }
}

function isSocket(fd: number): boolean {
  try {
    return fstatOf(fd).isSocket();
  } catch {
    // One of them read the folder itself, and is closed by now.
    return false;
  }
}
