/**
 * Claims a path for a control socket. A socket that a dead primary of this user left behind is taken over; one that is in
 * use never is, and nothing else is touched.
 *
 * To ask whether somebody listens, and to listen, are two steps, so a lock protects them: of several primaries that start
 * together, none may replace the socket of a faster one. The socket is bound in a folder that nobody else can enter, closed
 * to others, and only then linked to its path: at no moment can another user connect to it.
 */
import { linkSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { ControlSocketError } from '../../../errors.js';
import { lstatOf } from '../../../process/safe-stat.js';
import type { SocketServer } from '../socket-server.js';
import { withLockFile } from './lock-file.js';
import { uid } from './runtime-folder.js';
import { assertPathLength, nameOf, ROOM_PREFIX } from './socket-name.js';
import { openPlaceFault, socketFault } from './trust.js';

/** Milliseconds to wait for a connection. A process that takes longer to accept is alive all the same. */
const TIMEOUT_MS = 2_000;

/** Removes the socket, unless the path belongs to another one by now. */
export type ReleasePath = () => void;

/**
 * @returns `undefined` if another process listens there
 * @throws ControlSocketError, which says what is in the way
 */
export async function claim(server: SocketServer, path: string): Promise<ReleasePath | undefined> {
  assertPathLength(path);
  try {
    const fault = openPlaceFault(statSync(dirname(path)));
    if (fault !== undefined) throw new Error(fault);
    return await withLockFile(path, async () => {
      if (await isTaken(path)) return undefined;
      rmSync(path, { force: true });
      return await listenAt(server, path);
    });
  } catch (cause) {
    const why = (cause as Error).message.replace(/\.$/, '');
    throw new ControlSocketError(`The control socket ${path} cannot be made: ${why}.`, { cause });
  }
}

/** Whether a process listens there. @throws Error for what is there and may not be replaced */
export async function isTaken(path: string): Promise<boolean> {
  const stats = lstatOf(path);
  if (!stats) return false;
  const fault = socketFault(stats, uid);
  if (fault !== undefined) throw new Error(`something is there already, and ${fault}`);
  return await isAlive(path);
}

/** Removes the sockets that killed primaries of this user left in its folder. */
export async function removeStaleSockets(folder: string): Promise<void> {
  for (const file of readdirSync(folder)) {
    const path = join(folder, file);
    if (nameOf(file) === undefined || !(await isStale(path))) continue;
    await withLockFile(path, async () => {
      if (await isStale(path)) rmSync(path, { force: true });
    });
  }
}

async function isStale(path: string): Promise<boolean> {
  const stats = lstatOf(path);
  return stats !== undefined && socketFault(stats, uid) === undefined && !(await isAlive(path));
}

async function listenAt(server: SocketServer, path: string): Promise<ReleasePath> {
  const room = mkdtempSync(join(dirname(path), ROOM_PREFIX));
  try {
    const bound = join(room, 's');
    await server.listen(bound);
    const own = lstatOf(bound);
    publish(bound, path);
    return () => {
      const now = lstatOf(path);
      if (now?.dev === own?.dev && now?.ino === own?.ino) rmSync(path, { force: true });
    };
  } catch (error) {
    await server.close();
    throw error;
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

/** Never replaces a file that appeared meanwhile. */
function publish(bound: string, path: string): void {
  try {
    linkSync(bound, path);
  } catch (error) {
    // A file system without hard links for sockets.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) throw error;
    renameSync(bound, path);
  }
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (alive: boolean) => {
      resolve(alive);
      socket.destroy();
    };
    socket.once('connect', () => settle(true));
    // Any other error (EAGAIN: its queue is full) shows that a process listens.
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      settle(code !== 'ECONNREFUSED' && code !== 'ENOENT' && code !== 'ENOTSOCK'),
    );
    socket.setTimeout(TIMEOUT_MS, () => settle(true));
  });
}
