/**
 * Removes the file of a Unix socket that a killed primary left behind, which would make the next `listen()` fail with
 * EADDRINUSE.
 */
import { type Stats, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { relative } from 'node:path';
import type { Log } from '../../cluster-extension.js';
import { lstatOf } from '../../process/safe-stat.js';

/** Milliseconds for an answer. A process that does not answer is not known to be dead. */
const TIMEOUT_MS = 1_000;

/** Only a socket of this user, and only if the system says that nobody listens. Never rejects. */
export async function removeStaleSocket(path: string, log: Log): Promise<void> {
  const found = socketAt(path);
  if (found?.uid !== process.getuid?.() || !(await isStale(path))) return;
  const now = socketAt(path);
  // Another process may listen there by now.
  if (!found || !now || !isSame(found, now) || found.ctimeMs !== now.ctimeMs) return;
  try {
    unlinkSync(path);
    const message = `${path} was left by a process that is gone, and nobody listens there: it was removed`;
    log.info('socket-file.removed', message, { path });
  } catch {
    // listen() says what is wrong.
  }
}

/** The stats of a path, if it is a socket. */
export function socketAt(path: string): Stats | undefined {
  try {
    const stats = lstatOf(path);
    return stats?.isSocket() ? stats : undefined;
  } catch {
    return undefined;
  }
}

export function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

function isStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const local = relative(process.cwd(), path);
    // The path of a socket must be short (unix(7)).
    const socket = connect(local.length < path.length ? local : path);
    const settle = (dead: boolean) => {
      socket.destroy();
      resolve(dead);
    };
    socket.setTimeout(TIMEOUT_MS, () => settle(false));
    socket.once('connect', () => settle(false));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => settle(code === 'ECONNREFUSED'));
  });
}
