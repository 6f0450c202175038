/**
 * The Unix sockets that workers listen on through this primary: by path, and by worker.
 *
 * node:cluster listens in the primary, and its messages show which workers take part; with the last of them it closes the
 * address and removes the file. The code here runs before that, in the same turn.
 */
import type { ChildProcess } from 'node:child_process';
import type { Log } from '../../cluster-extension.js';
import { KeptFile } from './kept-file.js';
import { removeStaleSocket } from './stale-socket.js';

/** The key of an address in node:cluster (lib/internal/cluster/primary.js, `queryServer`); from Node 22 on without an index. */
const KEY = /^(.+):-1:-1:[^:]*(?::\d+)?$/s;

export class SocketFiles {
  readonly #log: Log;
  readonly #files = new Map<string, KeptFile>();
  /** By path, what is in progress: one thing after the other. */
  readonly #pending = new Map<string, Promise<void>>();
  readonly #watched = new WeakSet<ChildProcess>();
  #isStopping = false;

  constructor(log: Log) {
    this.#log = log;
    process.once('exit', this.close);
  }

  /** Call it before a worker listens there. */
  async prepare(child: ChildProcess, path: string): Promise<void> {
    if (!this.#watched.has(child)) this.#watch(child);
    const prepared = (this.#pending.get(path) ?? Promise.resolve()).then(async () => {
      if (!this.#files.has(path)) await removeStaleSocket(path, this.#log);
    });
    this.#pending.set(path, prepared);
    await prepared;
    if (this.#pending.get(path) === prepared) this.#pending.delete(path);
  }

  /** The cluster stops: from here on no file is restored. */
  stopRestoring(): void {
    this.#isStopping = true;
    for (const file of this.#files.values()) file.stopRestoring();
  }

  /** The last worker is gone. */
  readonly close = (): void => {
    process.off('exit', this.close);
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  };

  #watch(child: ChildProcess): void {
    this.#watched.add(child);
    const send = child.send as (...args: unknown[]) => boolean;
    child.send = (message: unknown, ...rest: unknown[]) => {
      const path = pathIn(message);
      const { errno } = (message ?? {}) as { errno?: unknown };
      if (path !== undefined && !errno) this.#join(child, path);
      return send.call(child, message, ...rest);
    };
    child.prependListener('internalMessage', (message: unknown) => {
      const path = (message as { act?: unknown } | null)?.act === 'close' && pathIn(message);
      if (path) this.#leave(child, path);
    });
    const gone = () => {
      for (const path of [...this.#files.keys()]) this.#leave(child, path);
    };
    child.prependOnceListener('disconnect', gone);
    child.prependOnceListener('exit', gone);
  }

  #join(child: ChildProcess, path: string): void {
    if (this.#isStopping) return;
    const file = this.#files.get(path) ?? new KeptFile(path, this.#log);
    this.#files.set(path, file);
    file.listeners.add(child);
    file.look();
  }

  #leave(child: ChildProcess, path: string): void {
    const file = this.#files.get(path);
    if (!file?.listeners.delete(child) || file.listeners.size > 0) return;
    this.#files.delete(path);
    file.close();
  }
}

/** The path of the Unix socket that a message of node:cluster is about. */
function pathIn(message: unknown): string | undefined {
  const { cmd, key } = (message ?? {}) as { cmd?: unknown; key?: unknown };
  return cmd === 'NODE_CLUSTER' && typeof key === 'string' ? KEY.exec(key)?.[1] : undefined;
}
