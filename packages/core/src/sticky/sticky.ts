// Sticky routing as an extension: the primary's side of workers that listen through it (see protocol.ts).
import { constants } from 'node:os';
import type { StickyOptions } from '../cluster-options.js';
import type { Extension, WorkerHandle } from '../extension.js';
import { clientKeys } from './client-key.js';
import { HeadReader } from './head-reader.js';
import { type FromWorker, onWorker, tellWorker } from './protocol.js';
import { type Acceptor, type Connection, StickyListener } from './sticky-listener.js';

/** So many addresses a worker listens on at a time. */
const MOST_LISTENS = 256;
/** Milliseconds after its exit, by which all that a worker sent has been read. */
const READ_BY_MS = 1_000;

/** @throws ClusterMisuseError for proxies that are no addresses */
export function createSticky(options: StickyOptions): Extension {
  const keys = clientKeys(options);
  const heads = new HeadReader();
  const listeners = new Map<string, StickyListener>();
  const acceptors = new Map<string, WorkerAcceptor>();

  const listen = async (
    acceptor: WorkerAcceptor,
    { id, query, data }: FromWorker & { act: 'listen' },
  ): Promise<void> => {
    const { address, port, addressType, index } = query;
    const key = `${address}:${port}:${addressType}:${index}`;
    if (acceptor.places.size >= MOST_LISTENS && !acceptor.places.has(key)) {
      acceptor.tell({ act: 'failed', id, errno: -constants.errno.EMFILE });
      return;
    }
    acceptor.places.add(key);
    let listener = listeners.get(key);
    if (!listener) {
      listener = new StickyListener(key, data, keys, heads);
      listeners.set(key, listener);
    }
    try {
      const sockname = await listener.listen(query);
      if (acceptor.gone) return;
      acceptor.tell({ act: 'listening', id, key, sockname, data: listener.data });
      listener.add(acceptor);
    } catch (error) {
      if (listeners.get(key) === listener) listeners.delete(key);
      acceptor.places.delete(key);
      const { errno = -1 } = error as NodeJS.ErrnoException;
      acceptor.tell({ act: 'failed', id, errno });
    }
  };

  /** With the last of its workers an address is given back; one that crashed is followed by another. */
  const leave = (acceptor: WorkerAcceptor, listener: StickyListener, crashed: boolean) => {
    listener.acceptors.delete(acceptor);
    acceptor.places.delete(listener.key);
    if (crashed || listener.acceptors.size > 0) return;
    listeners.delete(listener.key);
    listener.close();
  };

  const closeAll = () => {
    heads.close();
    for (const listener of listeners.values()) listener.close();
    listeners.clear();
  };

  return {
    name: 'sticky',
    forkSettings: () => ({ env: { MUSTER_STICKY: '1' } }),

    workerForked(handle) {
      const acceptor = new WorkerAcceptor(handle);
      acceptors.set(keyOf(handle), acceptor);
      onWorker(handle.process, (message) => {
        if (message.act === 'answer') acceptor.answered(message.seq, message.accepted);
        if (message.act === 'listen') void listen(acceptor, message);
        if (message.act === 'close') {
          const listener = listeners.get(message.key);
          if (listener?.acceptors.has(acceptor)) leave(acceptor, listener, false);
        }
      });
      onGone(handle, () => {
        for (const listener of [...listeners.values()]) {
          if (listener.acceptors.has(acceptor)) leave(acceptor, listener, true);
        }
        acceptor.leave();
      });
    },

    workerExited(exit) {
      acceptors.delete(keyOf(exit));
    },

    stopped: closeAll,
  };
}

/** A worker, and what it was offered and has not answered yet. */
class WorkerAcceptor implements Acceptor {
  readonly slot: number;
  readonly generation: number;
  gone = false;
  /** Where it listens, or asked to: the keys of listeners. */
  readonly places = new Set<string>();
  readonly #handle: WorkerHandle;
  readonly #offers = new Map<number, Connection>();
  #lastSeq = 0;

  constructor(handle: WorkerHandle) {
    this.slot = handle.slot;
    this.generation = handle.generation;
    this.#handle = handle;
  }

  tell(message: Parameters<typeof tellWorker>[1], handle?: unknown): boolean {
    return tellWorker(this.#handle.process, message, handle);
  }

  offer(connection: Connection): boolean {
    const seq = ++this.#lastSeq;
    const { listener, handle, head } = connection;
    const sent = this.tell(
      {
        act: 'connection',
        key: listener.key,
        seq,
        ...(head.length > 0 && { head: head.toString('base64') }),
      },
      handle,
    );
    if (sent) this.#offers.set(seq, connection);
    return sent;
  }

  answered(seq: number, accepted: boolean): void {
    const connection = this.#offers.get(seq);
    if (!connection) return;
    this.#offers.delete(seq);
    if (accepted) connection.handle.close();
    else this.#passOn(connection);
  }

  leave(): void {
    this.gone = true;
    for (const connection of this.#offers.values()) this.#passOn(connection);
    this.#offers.clear();
  }

  #passOn(connection: Connection): void {
    connection.refusedBy.add(this);
    connection.listener.place(connection);
  }
}

/**
 * Calls back once, when all that it sent was read: what it has not answered by then, it has never seen. That is at its
 * 'close', unless a process of its own holds its output open.
 */
function onGone({ process: child }: WorkerHandle, callback: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  const gone = () => {
    clearTimeout(timer);
    child.off('close', gone);
    callback();
  };
  child.once('close', gone);
  child.once('exit', () => {
    timer = setTimeout(gone, READ_BY_MS);
  });
}

function keyOf({ slot, generation }: { slot: number; generation: number }): string {
  return `${slot}.${generation}`;
}
