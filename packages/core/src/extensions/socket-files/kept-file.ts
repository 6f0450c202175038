/**
 * Keeps the file of a Unix socket in its place while workers listen on it.
 *
 * Apps remove the file before they listen, in case a crash has left one, and when they exit. In a cluster that takes it
 * from the other workers: the primary goes on listening, but nobody can reach it. So the socket has a second name beside
 * the first, and if the first is removed, it is linked again.
 */
import type { ChildProcess } from 'node:child_process';
import { type FSWatcher, linkSync, type Stats, unlinkSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Log } from '../../cluster-extension.js';
import { isSame, socketAt } from './stale-socket.js';

export class KeptFile {
  readonly listeners = new Set<ChildProcess>();
  readonly #path: string;
  readonly #second: string;
  readonly #log: Log;
  readonly #socket: Stats | undefined;
  #hasSecond = false;
  #isStopped = false;
  #watcher: FSWatcher | undefined;
  /** What was logged last. */
  #reported: 'put back' | 'lost' | undefined;

  /** Create it when the cluster has just begun to listen there. */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.#second = join(dirname(path), `.${basename(path)}.muster`);
    this.#log = log;
    this.#socket = socketAt(path);
    if (this.#socket) this.#link();
    try {
      this.#watcher = watch(dirname(path), { persistent: false }, () => this.look());
      this.#watcher.on('error', () => {});
    } catch {
      // The file is checked when the next worker listens there.
    }
  }

  /** Restores the file if it is gone. */
  look(): void {
    if (this.#isStopped) return;
    const now = socketAt(this.#path);
    if (now && this.#socket && isSame(now, this.#socket)) return;
    if (this.#hasSecond) {
      try {
        linkSync(this.#second, this.#path);
        this.#report('put back');
        return;
      } catch {
        // Something else is there, or the folder is gone.
      }
    }
    this.#report('lost');
  }

  /** From here on the file is not restored. */
  stopRestoring(): void {
    this.#watcher?.close();
    if (this.#hasSecond) remove(this.#second);
    this.#hasSecond = false;
    this.#isStopped = true;
  }

  /** Nobody listens there any more. node:cluster removes the file; at a stop, one that it has left is removed here. */
  close(): void {
    const left = this.#isStopped ? socketAt(this.#path) : undefined;
    if (left && this.#socket && isSame(left, this.#socket)) remove(this.#path);
    this.stopRestoring();
  }

  #link(): void {
    const left = socketAt(this.#second);
    if (left?.uid === process.getuid?.()) remove(this.#second);
    try {
      linkSync(this.#path, this.#second);
      this.#hasSecond = true;
    } catch {
      // Not every file system can do it.
    }
  }

  #report(what: 'put back' | 'lost'): void {
    if (this.#reported === what) return;
    this.#reported = what;
    const path = this.#path;
    if (what === 'put back') {
      const message =
        `${path} was removed while workers listen there, and was put back. An app need not remove its socket before ` +
        'it listens, or as it ends: Muster removes one that nobody listens on';
      this.#log.warn('socket-file.restored', message, { path });
      return;
    }
    const message =
      `${path} is gone, or is something else now, and workers listen on what was there: nobody can reach them. ` +
      'Restart the cluster, and see what removes it';
    this.#log.error('socket-file.lost', message, { path });
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone already.
  }
}
