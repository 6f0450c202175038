/**
 * How a worker listens through the primary if connections are sticky. It works like node:cluster, but chooses the worker
 * differently: the primary accepts, offers the connection to one worker, and keeps it until that worker has taken it.
 *
 * A worker can send anything, so the primary checks what it reads.
 */
import { isIP } from 'node:net';
import { openIpcChannel, type Peer } from '../../channel/ipc-channel.js';
import { readTicketKeys } from '../../channel/ticket-keys.js';

const channel = openIpcChannel('NODE_MUSTER_STICKY');

/** The query of node:net to node:cluster (lib/net.js, `listenInCluster`). */
export interface ListenQuery {
  readonly address: string | null;
  readonly port: number;
  readonly addressType: number;
  readonly flags?: number;
  readonly backlog?: number;
  /** Distinguishes several servers of one worker with the same query (any port, say): they do not share an address. */
  readonly index: number;
}

export type FromWorker =
  /** `data`: shared by the servers of one address, such as the keys of TLS tickets. The first worker's data goes to all. */
  | { act: 'listen'; id: number; query: ListenQuery; data?: unknown }
  | { act: 'close'; key: string }
  | { act: 'answer'; seq: number; accepted: boolean };

export type ToWorker =
  | { act: 'listening'; id: number; key: string; sockname: object; data?: unknown }
  /** `errno`: the number of libuv's error. */
  | { act: 'failed'; id: number; errno: number }
  /** Comes with the handle of a connection. `head`: the bytes read from it, in base64. */
  | { act: 'connection'; key: string; seq: number; head?: string };

export function sendToPrimary(message: FromWorker): boolean {
  return channel.send(process, message);
}

export function sendToWorker(worker: Peer, message: ToWorker, handle?: unknown): boolean {
  return channel.send(worker, message, handle);
}

export function onPrimaryMessage(
  listener: (message: ToWorker, handle: unknown) => void,
): () => void {
  return channel.listen(process, (message, handle) => listener(message as ToWorker, handle));
}

export function onWorkerMessage(worker: Peer, listener: (message: FromWorker) => void): () => void {
  return channel.listen(worker, (message) => {
    const read = readMessage(message);
    if (read) listener(read);
  });
}

function readMessage(message: unknown): FromWorker | undefined {
  const { act, id, query, data, key, seq, accepted } = (message ?? {}) as Record<string, unknown>;
  if (act === 'close' && typeof key === 'string') return { act, key };
  if (act === 'answer' && Number.isSafeInteger(seq)) {
    return { act, seq: seq as number, accepted: accepted === true };
  }
  if (act !== 'listen' || !Number.isSafeInteger(id) || !isQuery(query)) return undefined;
  return { act, id: id as number, query, data: readTicketKeys(data) };
}

function isQuery(query: unknown): query is ListenQuery {
  const { address, port, addressType, index, flags, backlog } = (query ?? {}) as Fields;
  const isPlace = isCount(port) && port <= 65_535 && (addressType === 4 || addressType === 6);
  const isHost = address === null || (typeof address === 'string' && isIP(address) !== 0);
  const more = [flags, backlog].filter(
    (value) => typeof value !== 'boolean' && value !== undefined,
  );
  return isPlace && isHost && isCount(index) && more.every(isCount);
}

type Fields = Readonly<Record<string, unknown>>;

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
