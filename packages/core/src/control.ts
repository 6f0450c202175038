// For @muster/testing: asks the cluster whose control socket is in a runtime folder, as the `muster` command does.
import { readdirSync } from 'node:fs';
import { runtimeFolders } from './extensions/control/socket/runtime-folder.js';
import { nameOf, socketPath } from './extensions/control/socket/socket-name.js';
import { connectTrusted } from './extensions/control/socket/trusted-connection.js';
import type { ClusterStatus } from './worker-status.js';

/** The calls that it may make, with their answers. */
interface Calls {
  status: ClusterStatus;
  reload: undefined;
}

/**
 * Makes one call, over a connection of its own.
 *
 * @param runtimeDir what `MUSTER_RUNTIME_DIR` is for the cluster; no other cluster may have its socket there
 * @returns `undefined` if no cluster listens there
 * @throws ControlSocketError if it does not answer within `timeoutMs`, or ends before
 * @throws RefusedCallError if it answers with an error
 */
export async function askCluster<Call extends keyof Calls>(
  runtimeDir: string,
  call: Call,
  timeoutMs: number,
): Promise<{ answer: Calls[Call] } | undefined> {
  const path = socketsIn(runtimeDir)[0];
  const client = path === undefined ? undefined : await connectTrusted(path, timeoutMs);
  if (!client) return undefined;
  try {
    return { answer: (await client.call(call, {}, { timeoutMs })) as Calls[Call] };
  } finally {
    client.close();
  }
}

function socketsIn(runtimeDir: string): string[] {
  return runtimeFolders({ MUSTER_RUNTIME_DIR: runtimeDir }).flatMap((folder) => {
    try {
      const names = readdirSync(folder).map(nameOf);
      return names.flatMap((name) => (name === undefined ? [] : [socketPath(folder, name)]));
    } catch {
      // It is made when the first cluster starts.
      return [];
    }
  });
}
