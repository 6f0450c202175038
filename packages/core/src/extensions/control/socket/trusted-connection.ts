/**
 * Connects to a control socket, whose owner is checked before and again after: whoever listens on a socket of another user
 * may answer anything.
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ControlSocketError } from '../../../errors.js';
import { lstatOf } from '../../../process/safe-stat.js';
import { SocketClient } from '../socket-client.js';
import { uid } from './runtime-folder.js';
import { openPlaceFault, socketFault } from './trust.js';

/** Error codes which say that nobody listens there any more. */
const GONE = ['ECONNREFUSED', 'ENOENT'];

/**
 * Root may connect to the clusters of all users.
 *
 * @returns `undefined` if there is no such socket, or nobody listens
 * @throws ControlSocketError, which says why nothing was asked
 */
export async function connectTrusted(
  path: string,
  timeoutMs: number,
): Promise<SocketClient | undefined> {
  let client: SocketClient | undefined;
  try {
    const target = realpathSync(path);
    assertTrusted(target);
    client = await SocketClient.connect(target, timeoutMs);
    assertTrusted(target);
    return client;
  } catch (error) {
    client?.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && GONE.includes(code)) return undefined;
    if (error instanceof ControlSocketError) throw error;
    const hint = code === 'EACCES' ? ' Run the command as the user that the cluster runs as.' : '';
    throw new ControlSocketError(`${path} cannot be connected to (${code}).${hint}`, {
      cause: error,
    });
  }
}

function assertTrusted(path: string): void {
  const stats = lstatOf(path);
  if (!stats) throw Object.assign(new Error(`${path} is gone`), { code: 'ENOENT' });
  const fault =
    socketFault(stats, uid === 0 ? stats.uid : uid) ?? openPlaceFault(statSync(dirname(path)));
  if (fault === undefined) return;
  const foreign = stats.uid !== uid ? ' Run the command as that user.' : '';
  throw new ControlSocketError(`${path} is not connected to: ${fault}.${foreign}`);
}
