/**
 * Connections on their way from the primary to a worker, given to another one where they never arrive.
 *
 * node:cluster accepts a connection in the primary, offers it to a worker, and keeps its own end open until the worker
 * answers. A worker that dies meanwhile never answers, and Node forgets the connection without closing it: its client
 * would wait for ever (lib/internal/cluster/round_robin_handle.js, `handoff`). The worker answers before it reads
 * anything, so what it has not answered is as good as new: it counts as refused. A connection that is refused is offered
 * to the next worker; where there is none any more, Node forgets it as well, and it is closed here.
 */
import type { ChildProcess } from 'node:child_process';
import cluster, { type Worker } from 'node:cluster';

interface Connection {
  close(): void;
}

/** Milliseconds after its exit, by which all that a worker sent has been read. */
const CLOSED_BY_MS = 1_000;

/** Refused, and not offered again yet. */
const refused = new Set<Connection>();
/** Who listens, by the key that node:cluster has for an address. */
const listening = new Map<unknown, Set<ChildProcess>>();

/** To be called right after the fork. */
export function watchHandoffs(worker: Worker): void {
  const child = worker.process;
  /** By the sequence number of the message that offered them. */
  const offered = new Map<unknown, { connection: Connection; key: unknown }>();
  /** Addresses where nobody listened any more when it went: Node has given them up, and what waited there. */
  const givenUp = new Set<unknown>();

  const send = child.send as (...args: unknown[]) => boolean;
  child.send = (message: unknown, connection?: unknown, ...rest: unknown[]) => {
    if (isOf(message) && message.key !== undefined) listens(child, message.key);
    if (isConnection(connection) && isOf(message) && message.act === 'newconn') {
      offered.set(message.seq, { connection, key: message.key });
      refused.delete(connection);
    }
    return send.call(child, message, connection, ...rest);
  };

  child.on('internalMessage', (message: unknown) => {
    if (!isOf(message)) return;
    if (message.act === 'close') listening.get(message.key)?.delete(child);
    if (message.ack === undefined) return;
    const answered = offered.get(message.ack);
    if (answered && message.accepted !== true) refused.add(answered.connection);
    offered.delete(message.ack);
  });

  // 'close' comes when the process is gone and all that it sent was read: what it has not answered, it has never seen.
  // 'disconnect' would not do: Node leaves it out while a connection is on its way. And a process of the worker's own may
  // hold its stderr open for as long as it likes.
  let timer: NodeJS.Timeout | undefined;
  const over = () => {
    clearTimeout(timer);
    for (const [seq, { connection, key }] of [...offered]) {
      if (givenUp.has(key)) connection.close();
      else child.emit('internalMessage', refusalOf(seq));
    }
    offered.clear();
    if (Object.values(cluster.workers ?? {}).some((other) => other?.isConnected())) return;
    for (const connection of refused) connection.close();
    refused.clear();
  };
  child.once('close', over);
  child.once('exit', () => {
    for (const [key, children] of listening) {
      if (!children.delete(child) || children.size > 0) continue;
      listening.delete(key);
      givenUp.add(key);
    }
    timer = setTimeout(over, CLOSED_BY_MS);
  });
}

function listens(child: ChildProcess, key: unknown): void {
  const children = listening.get(key) ?? new Set();
  listening.set(key, children.add(child));
}

/** What a worker sends whose server is closed (lib/internal/cluster/child.js, `onconnection`). */
function refusalOf(seq: unknown): object {
  return { cmd: 'NODE_CLUSTER', ack: seq, accepted: false };
}

/** Whether it is a message of node:cluster itself. */
function isOf(message: unknown): message is Record<string, unknown> {
  return (message as { cmd?: unknown } | null)?.cmd === 'NODE_CLUSTER';
}

function isConnection(handle: unknown): handle is Connection {
  return typeof (handle as Partial<Connection> | undefined)?.close === 'function';
}
