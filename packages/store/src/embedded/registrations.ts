// The watches, listeners and evictable prefixes of one store, which move along when its files are opened anew.
import { queueMicrotask } from '@muster/codec/timers';
import type { StoreRejection } from '../errors.js';
import type { FilesUser, OpenFiles, StoreFiles } from './store-files.js';

type Listener = (changes: readonly string[] | 'reset') => void;

interface Watch {
  readonly prefix: string;
  readonly listener: Listener;
  /** Ends the watch on the current files. */
  end: () => void;
}

export class Registrations implements FilesUser {
  readonly #storeFiles: StoreFiles;
  readonly #deadlineMs: number;
  readonly #leave: () => void;
  readonly #watches = new Set<Watch>();
  readonly #evictable = new Set<string>();
  readonly #health = new Set<(trouble: StoreRejection | undefined) => void>();
  readonly #loss = new Set<() => void>();

  constructor(storeFiles: StoreFiles, deadlineMs: number) {
    this.#storeFiles = storeFiles;
    this.#deadlineMs = deadlineMs;
    this.#leave = storeFiles.join(this);
  }

  onHealth(listener: (trouble: StoreRejection | undefined) => void): () => void {
    this.#health.add(listener);
    return () => this.#health.delete(listener);
  }

  onLoss(listener: () => void): () => void {
    this.#loss.add(listener);
    return () => this.#loss.delete(listener);
  }

  async watch(files: OpenFiles, prefix: string, listener: Listener): Promise<() => void> {
    const watch = { prefix, listener, end: () => {} };
    this.#watches.add(watch);
    try {
      await this.#attach(watch, files);
    } catch (error) {
      this.#watches.delete(watch);
      throw error;
    }
    return () => {
      if (this.#watches.delete(watch)) watch.end();
    };
  }

  declareEvictable(prefix: string): void {
    this.#evictable.add(prefix);
    this.#storeFiles.files?.writer.index.declareEvictable(prefix);
  }

  filesLost(trouble: StoreRejection): void {
    for (const listener of this.#loss) listener();
    for (const listener of this.#health) listener(trouble);
  }

  async filesOpened(files: OpenFiles): Promise<void> {
    for (const prefix of this.#evictable) files.writer.index.declareEvictable(prefix);
    await Promise.all([...this.#watches].map((watch) => this.#attach(watch, files)));
  }

  filesInUse(): void {
    for (const listener of this.#health) listener(undefined);
    for (const watch of this.#watches) {
      // A listener that throws must not stop the others.
      queueMicrotask(() => {
        if (this.#watches.has(watch)) watch.listener('reset');
      });
    }
  }

  end(): void {
    this.#leave();
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
  }

  async #attach(watch: Watch, { feed, writer }: OpenFiles): Promise<void> {
    const end = await feed.watch(writer, watch.prefix, watch.listener, this.#deadlineMs);
    if (this.#watches.has(watch)) watch.end = end;
    else end();
  }
}
