// Facts of the runtime folders, and of the control sockets in them.
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { runtimeFolders, surveyFolders } from '../../extensions/control/socket/runtime-folder.js';
import { isTaken } from '../../extensions/control/socket/socket-claim.js';
import { nameOf, socketPath } from '../../extensions/control/socket/socket-name.js';
import type { ControlFacts } from './facts.js';

/** As long as the name that a folder gives: 20 characters, a dash, and a hash. */
const NAME = 'a'.repeat(27);

export async function controlFacts(): Promise<ControlFacts> {
  const folders = runtimeFolders();
  const { usable, refused } = surveyFolders(folders);
  const first = folders.find(
    (folder) => usable.includes(folder) || (!existsSync(folder) && canBeMade(folder)),
  );
  return {
    folders,
    refused,
    usable: first,
    stale: (await Promise.all(usable.flatMap(staleIn))).flat(),
    longestPath: first === undefined ? 0 : Buffer.byteLength(socketPath(first, NAME)),
  };
}

/** Its parent is made as well. */
function canBeMade(folder: string): boolean {
  const parent = dirname(folder);
  const above = existsSync(parent) ? parent : dirname(parent);
  try {
    accessSync(above, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function staleIn(folder: string): Promise<string[]>[] {
  return readdirSync(folder)
    .flatMap((file) => nameOf(file) ?? [])
    .map(async (name) => {
      const path = socketPath(folder, name);
      // What is no socket of this user is none that a cluster left.
      return (await isTaken(path).catch(() => true)) ? [] : [path];
    });
}
