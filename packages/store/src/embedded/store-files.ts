// The files of a folder as this process has them open: those that are there now.

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

/** What the stores of one process on the same folder share. */
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
  /** Whether they are still the ones that the folder has. */
  areCurrent(files: OpenFiles): boolean;
}

/** Who works with the files. */
export interface FilesUser {
  /** They are gone, with all that was in them. */
  filesLost(trouble: StoreRejection): void;
  /** There are new ones, which nobody uses yet. */
  filesOpened(files: OpenFiles): Promise<void>;
  /** The new ones are in use. */
  filesInUse(): void;
}

/** Milliseconds between two looks at the folder, and between two attempts to open it anew. */
const LOOK_EVERY_MS = 400;
const RETRY_EVERY_MS = 250;

/**
 * A file that is deleted stays as it is for whoever has it open, and whoever comes later makes another one: two stores
 * under one name (`rm -rf .muster`, `git clean -fdx`). So every process looks whether its files are the ones in the folder. If
 * not, it lets go of them and opens what is there, or makes it: the same for all.
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

  /** `undefined` from when they were missed until there are others. */
  get files(): OpenFiles | undefined {
    return this.#files;
  }

  /** Why there are none, where there are none. */
  get trouble(): StoreRejection | undefined {
    return this.#trouble;
  }

  /** @returns the end of it. */
  join(user: FilesUser): () => void {
    this.#users.add(user);
    return () => this.#users.delete(user);
  }

  /** @throws StoreError where there are no files within `deadlineMs`. */
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
    // Without this it would wait for a timer that keeps no process alive.
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
        'what is there now is opened; this call was not carried out',
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
