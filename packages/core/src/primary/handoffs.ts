/**
 * Connections on their way from the primary to a worker, closed where they never arrive.
 *
 * node:cluster accepts a connection in the primary, offers it to a worker, and keeps its own end open until the worker
 * answers. A worker that dies meanwhile never answers, and Node forgets the connection without closing it: its client
 * would wait for ever (lib/internal/cluster/round_robin_handle.js, `handoff`). A connection that its worker refuses is
 * offered to the next one; where there is none any more, it is forgotten as well.
 */
import cluster, { type Worker } from 'node:cluster';

interface Connection {
  close(): void;
}

/** Milliseconds after its exit, by which all that a worker sent has been read. */
const CLOSED_BY_MS = 1_000;

/** Refused, and not offered again yet. */
const refused = new Set<Connection>();

/** To be called right after the fork. */
export function watchHandoffs(worker: Worker): void {
  const child = worker.process;
  /** By the sequence number of the message that offered them. */
  const offered = new Map<unknown, Connection>();

  const send = child.send as (...args: unknown[]) => boolean;
  child.send = (message: unknown, connection?: unknown, ...rest: unknown[]) => {
    if (isConnection(connection) && isOf(message) && message.act === 'newconn') {
      offered.set(message.seq, connection);
      refused.delete(connection);
    }
    return send.call(child, message, connection, ...rest);
  };

  child.on('internalMessage', (message: unknown) => {
    if (!isOf(message) || message.ack === undefined) return;
    const connection = offered.get(message.ack);
    if (connection && message.accepted !== true) refused.add(connection);
    offered.delete(message.ack);
  });

  // 'close' comes when the process is gone and all that it sent was read: what it has not answered, it has never seen.
  // 'disconnect' would not do: Node leaves it out while a connection is on its way. And a process of the worker's own may
  // hold its stderr open for as long as it likes.
  let timer: NodeJS.Timeout | undefined;
  const over = () => {
    clearTimeout(timer);
    for (const connection of offered.values()) connection.close();
    offered.clear();
    if (Object.values(cluster.workers ?? {}).some((other) => other?.isConnected())) return;
    for (const connection of refused) connection.close();
    refused.clear();
  };
  child.once('close', over);
  child.once('exit', () => {
    timer = setTimeout(over, CLOSED_BY_MS);
  });
}

/** Whether it is a message of node:cluster itself. */
function isOf(message: unknown): message is Record<string, unknown> {
  return (message as { cmd?: unknown } | null)?.cmd === 'NODE_CLUSTER';
}

function isConnection(handle: unknown): handle is Connection {
  return typeof (handle as Partial<Connection> | undefined)?.close === 'function';
}
