// The files of a folder, as this process has them open; it opens new ones when they are deleted or replaced.

import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { sleep } from '@muster/codec/timers';
import type { TurnBudget } from '../engine/turn-budget.js';
import {
  StoreClosedError,
  StoreFailedError,
  type StoreRejection,
  StoreUnreachableError,
} from '../errors.js';
import { isStoreRejection } from '../rejection.js';
import type { Environment } from './lmdb/environment.js';
import type { Sweeper } from './lmdb/sweeper.js';
import type { Writer } from './lmdb/writer.js';
import type { ChangeFeed } from './watch/change-feed.js';

/** The open files, and what works on them: shared by all stores of this process on the same folder. */
export interface OpenFiles {
  readonly environment: Environment;
  readonly writer: Writer;
  readonly feed: ChangeFeed;
  readonly sweeper: Sweeper;
  readonly turnBudget: TurnBudget;
}

/** How the files of a folder are opened and closed. */
export interface FilesOpener {
  open(): Promise<OpenFiles>;
  close(files: OpenFiles): Promise<void>;
  /** Whether they are still the files in the folder. */
  areCurrent(files: OpenFiles): boolean;
}

/** A store that uses the files. */
export interface FilesUser {
  /** The files are gone, with everything in them. */
  filesLost(trouble: StoreRejection): void;
  /** New files are open, and not in use yet. */
  filesOpened(files: OpenFiles): Promise<void>;
  /** The new files are in use. */
  filesInUse(): void;
}

/** Milliseconds between two looks at the folder, and between two attempts to open the files again. */
const LOOK_EVERY_MS = 400;
const RETRY_EVERY_MS = 250;

/**
 * A deleted file (`rm -rf .muster`, `git clean -fdx`) continues to exist for processes that have it open, while later processes
 * create another one: two stores at one address. So every process checks whether its files are still the ones in the folder. If not,
 * it closes them and opens the files that are there, or creates new ones: the same for all processes.
 */
export class StoreFiles {
  readonly #path: string;
  readonly #opener: FilesOpener;
  readonly #users = new Set<FilesUser>();
  readonly #timer: NodeJS.Timeout;
  #files: OpenFiles | undefined;
  #trouble: StoreRejection | undefined;
  #moving: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();

  private constructor(path: string, opener: FilesOpener, files: OpenFiles) {
    this.#path = path;
    this.#opener = opener;
    this.#files = files;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  static async open(path: string, opener: FilesOpener): Promise<StoreFiles> {
    return new StoreFiles(path, opener, await opener.open());
  }

  /** `undefined` from the moment when they are missing until others are open. */
  get files(): OpenFiles | undefined {
    return this.#files;
  }

  /** Why there are no files, if there are none. */
  get trouble(): StoreRejection | undefined {
    return this.#trouble;
  }

  /** @returns a function that removes the user. */
  join(user: FilesUser): () => void {
    this.#users.add(user);
    return () => this.#users.delete(user);
  }

  /** @throws StoreError if no files are open within `deadlineMs`. */
  async whenOpen(deadlineMs: number): Promise<OpenFiles> {
    const patience = new AbortController();
    const late = sleep(deadlineMs, { signal: patience.signal });
    await Promise.race([this.#moving, late.catch(() => {})]);
    patience.abort();
    if (this.#files) return this.#files;
    throw this.#trouble ?? new StoreClosedError();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    // Otherwise it would wait for a timer that does not keep the process alive.
    this.#closing.abort();
    await this.#moving;
    const files = this.#files;
    this.#files = undefined;
    if (files) await this.#opener.close(files);
  }

  #look(): void {
    const old = this.#files;
    if (!old || this.#opener.areCurrent(old)) return;
    this.#files = undefined;
    const trouble = new StoreUnreachableError(
      `The files of the embedded store at ${this.#path} were deleted or replaced while it was in use; ` +
        'the files that are there now will be opened; this call was not carried out',
    );
    this.#trouble = trouble;
    old.writer.abandon(trouble);
    for (const user of this.#users) user.filesLost(trouble);
    this.#moving = this.#move(old);
  }

  async #move(old: OpenFiles): Promise<void> {
    await this.#opener.close(old).catch(() => {});
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#settle(await this.#opener.open());
        return;
      } catch (error) {
        this.#trouble = isStoreRejection(error) ? error : new StoreFailedError(String(error));
        await delay(RETRY_EVERY_MS, undefined, { ref: false, signal }).catch(() => {});
      }
    }
  }

  async #settle(files: OpenFiles): Promise<void> {
    try {
      await Promise.all([...this.#users].map((user) => user.filesOpened(files)));
    } catch (error) {
      await this.#opener.close(files);
      throw error;
    }
    this.#files = files;
    this.#trouble = undefined;
    for (const user of this.#users) user.filesInUse();
  }
}
