// Before a worker listens on a Unix socket, it sends the path to its primary and waits for the answer.
import { isAbsolute } from 'node:path';
import { openIpcChannel, type Peer } from '../../channel/ipc-channel.js';

const channel = openIpcChannel('NODE_MUSTER_SOCKET_FILE');
const MAX_LENGTH = 300;
const waiting = new Map<number, () => void>();
let lastId = 0;
let listens = false;

/** In a worker. Settles when the primary has answered, or at once if there is no primary. */
export function prepareSocketFile(path: string): Promise<void> {
  return new Promise((resolve) => {
    if (!listens) channel.listen(process, (message) => answered(message));
    listens = true;
    const id = ++lastId;
    waiting.set(id, resolve);
    if (!channel.send(process, { id, path })) answered({ id });
  });
}

function answered(message: unknown): void {
  const { id } = message as { id: number };
  waiting.get(id)?.();
  waiting.delete(id);
}

/** In the primary. @param prepare settles when the worker may listen; never rejects */
export function onPrepareRequest(child: Peer, prepare: (path: string) => Promise<void>): void {
  channel.listen(child, async (message) => {
    const { id, path } = (message ?? {}) as Record<string, unknown>;
    const isPath = typeof path === 'string' && path.length <= MAX_LENGTH && isAbsolute(path);
    if (!Number.isSafeInteger(id)) return;
    if (isPath && !path.includes('\0')) await prepare(path);
    channel.send(child, { id });
  });
}
