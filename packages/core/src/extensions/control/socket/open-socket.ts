/**
 * Opens the control socket of a cluster: at the given path, or in the first usable runtime folder, under a name that no
 * other cluster of this user has.
 */

import type { Log } from '../../../cluster-extension.js';
import type { ControlOptions } from '../../../cluster-options.js';
import { ControlSocketError } from '../../../errors.js';
import type { SocketServer } from '../socket-server.js';
import { openRuntimeFolder, runtimeFolders, surveyFolders } from './runtime-folder.js';
import { claim, isTaken, type ReleasePath, removeStaleSockets } from './socket-claim.js';
import { defaultName, socketPath } from './socket-name.js';

/** Clusters of one app in one folder: the second is called `…-2`. */
const MAX_PER_NAME = 100;

/** The name was given, so there is no other to try. */
class NameTakenError extends ControlSocketError {}

/** Both as the options name them: through a link that deploys move, they stay the same. */
export interface App {
  readonly cwd: string;
  readonly file: string;
}

interface Opened {
  readonly path: string;
  /** Call it when the server is closed. */
  readonly release: ReleasePath;
}

/**
 * @returns `undefined` if no runtime folder is usable; the log says so, because the cluster goes on without a socket
 * @throws ControlSocketError if the path is not usable, or another cluster has the name
 */
export async function openSocket(
  server: SocketServer,
  control: ControlOptions | string | undefined,
  app: App,
  log: Log,
): Promise<Opened | undefined> {
  if (typeof control === 'string') {
    const release = await claim(server, control);
    if (release) return { path: control, release };
    throw new ControlSocketError(
      `Another cluster answers on ${control}. Stop it, or give this one another path.`,
    );
  }
  const names = control ? [control.name] : numbered(defaultName(app.cwd, app.file));
  return await openInFolder(server, names, log);
}

async function openInFolder(
  server: SocketServer,
  names: readonly string[],
  log: Log,
): Promise<Opened | undefined> {
  const failures: string[] = [];
  for (const folder of runtimeFolders()) {
    const opened = await openNamed(server, folder, names).catch((error: Error) => {
      if (error instanceof NameTakenError) throw error;
      failures.push(error.message);
    });
    if (!opened) continue;
    for (const failure of failures) log.warn('control.skipped', failure);
    // The start does not wait for it, and what it cannot remove is harmless.
    void removeStaleSockets(folder).catch(() => {});
    return opened;
  }
  const reasons = failures.join(' ');
  // One of them may have said already which folder would do.
  const advice = reasons.includes('Set ') ? '' : ' Set MUSTER_RUNTIME_DIR to a folder of your own.';
  log.warn('control.failed', `The cluster has no control socket. ${reasons}${advice}`);
  return undefined;
}

/** @throws ControlSocketError if the folder is not usable, or the names are taken */
async function openNamed(
  server: SocketServer,
  folder: string,
  names: readonly string[],
): Promise<Opened> {
  openRuntimeFolder(folder);
  for (const name of names) {
    const path = socketPath(folder, name);
    if (await answersElsewhere(name, folder)) continue;
    const release = await claim(server, path);
    if (release) return { path, release };
  }
  const [name] = names;
  if (names.length === 1) {
    throw new NameTakenError(
      `Another cluster answers to the name ${name}. Stop it, or give this one another name.`,
    );
  }
  throw new ControlSocketError(`${names.length} clusters are called ${name} already.`);
}

/** Whether a cluster of that name answers in a folder that this start would not choose: its environment was different. */
async function answersElsewhere(name: string, chosen: string): Promise<boolean> {
  const others = surveyFolders().usable.filter((folder) => folder !== chosen);
  const found = others.map((folder) => isTaken(socketPath(folder, name)).catch(() => false));
  return (await Promise.all(found)).includes(true);
}

function numbered(name: string): string[] {
  return Array.from({ length: MAX_PER_NAME }, (_, index) =>
    index === 0 ? name : `${name}-${index + 1}`,
  );
}
