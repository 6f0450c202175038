/**
 * Takes a path for a control socket. One that a dead primary left behind is taken over; one that is in use never is.
 *
 * Asking whether somebody listens, removing the file and listening are three steps, so they are done under a lock: of
 * several primaries that start together, none may remove the socket of one that was faster.
 */
import { closeSync, lstatSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ControlSocketError } from '../errors.js';
import { assertPathLength, SOCKET_ENDING } from './socket-name.js';
import type { SocketServer } from './socket-server.js';

/** Milliseconds for somebody who listens to accept a connection; one who takes longer is alive all the same. */
const PATIENCE_MS = 2_000;
/** Milliseconds after which a lock is that of a primary that died with it. It is held for as long as `PATIENCE_MS`. */
const LOCK_MS = 10_000;

/** @returns whether `server` listens there now; false where somebody else does. */
export async function claim(server: SocketServer, path: string): Promise<boolean> {
  assertPathLength(path);
  try {
    return await withLock(path, async () => {
      if (await isAlive(path)) return false;
      removeSocket(path);
      await server.listen(path);
      return true;
    });
  } catch (cause) {
    throw new ControlSocketError(`The control socket ${path} cannot be made.`, { cause });
  }
}

/** Removes what killed primaries left in a folder; those that started in folders of their own never come back for it. */
export async function removeDeadSockets(folder: string): Promise<void> {
  for (const file of readdirSync(folder)) {
    const path = join(folder, file);
    if (!file.endsWith(SOCKET_ENDING) || (await isAlive(path))) continue;
    await withLock(path, async () => {
      if (!(await isAlive(path))) removeSocket(path);
    });
  }
}

async function withLock<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  const lock = `${path}.lock`;
  await acquire(lock);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

async function acquire(lock: string): Promise<void> {
  for (;;) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const heldSince = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - heldSince > LOCK_MS) rmSync(lock, { force: true });
    await delay(5 + 20 * Math.random());
  }
}

/** Never anything else: a path may have been given by mistake. */
function removeSocket(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats && !stats.isSocket()) throw new Error(`${path} is there, and is no socket.`);
  if (stats) rmSync(path, { force: true });
}

/** Whether a process listens there. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (alive: boolean) => {
      resolve(alive);
      socket.destroy();
    };
    socket.once('connect', () => settle(true));
    // Any other error (EAGAIN: its queue is full) comes from somebody who is there.
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      settle(code !== 'ECONNREFUSED' && code !== 'ENOENT' && code !== 'ENOTSOCK'),
    );
    socket.setTimeout(PATIENCE_MS, () => settle(true));
  });
}
