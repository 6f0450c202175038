// Reports changes by any process to the watchers of this process.

import { closeSync, type FSWatcher, openSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';
import { clearInterval, setImmediate, setInterval } from 'node:timers';
import { queueMicrotask } from '@muster/codec/timers';
import type { Environment } from '../lmdb/environment.js';
import type { Writer } from '../lmdb/writer.js';
import { WORD } from '../shared-memory/shared-page.js';
import type { ChangeLog, Missed } from './change-log.js';

type Listener = (changes: readonly string[] | 'reset') => void;

interface Watcher {
  readonly prefix: string;
  readonly listener: Listener;
  /** The number of the last transaction that was reported to it. */
  position: number;
}

/** Records that are read in one turn. */
const RECORDS_PER_TURN = 512;

/** Milliseconds between two looks at a word of memory, for file systems that report no changes of a file. */
const POLL_EVERY_MS = 25;

/** A file beside the data. A writer writes to it to wake processes that wait for a commit. */
const BELL = 'bell';
const RING = Buffer.of(1);

export class ChangeFeed {
  readonly #environment: Environment;
  readonly #log: ChangeLog;
  readonly #watchers = new Map<number, Watcher>();
  #lastId = 0;
  #seen = 0;
  #isScheduled = false;
  #bell: number | undefined;
  #listening: { readonly bell: FSWatcher | undefined; readonly timer: NodeJS.Timeout } | undefined;

  constructor(environment: Environment, log: ChangeLog) {
    this.#environment = environment;
    this.#log = log;
  }

  /** Called after each recorded commit. It never throws, since the commit has succeeded. */
  notify(): void {
    const { words } = this.#environment.page;
    Atomics.add(words, WORD.changes, 1);
    if (Atomics.exchange(words, WORD.asleep, 0) !== 0) {
      try {
        this.#bell ??= this.#openBell();
        writeSync(this.#bell, RING, 0, 1, 0);
      } catch {
        // No descriptor is left, or the file is another user's. Watchers poll as well.
      }
    }
    this.#schedule();
  }

  async watch(
    writer: Writer,
    prefix: string,
    listener: Listener,
    deadlineMs: number,
  ): Promise<() => void> {
    const id = ++this.#lastId;
    const watcher: Watcher = { prefix, listener, position: 0 };
    this.#startListening();
    try {
      await writer.write(() => {
        watcher.position = this.#log.add(id, prefix);
        // Inside the transaction, so that no other one can come in between.
        this.#watchers.set(id, watcher);
      }, deadlineMs);
    } catch (error) {
      this.#watchers.delete(id);
      this.#stopIfIdle();
      throw error;
    }
    return () => {
      if (!this.#watchers.delete(id)) return;
      this.#stopIfIdle();
      // If this fails, the entry is removed after the end of this process.
      writer.upkeep(() => this.#log.remove(id), deadlineMs).catch(() => {});
    };
  }

  close(): void {
    this.#watchers.clear();
    this.#stopIfIdle();
    if (this.#bell !== undefined) closeSync(this.#bell);
    this.#bell = undefined;
  }

  #startListening(): void {
    if (this.#listening) return;
    const timer = setInterval(() => this.#poll(), POLL_EVERY_MS);
    timer.unref();
    this.#listening = { bell: this.#watchBell(), timer };
    this.#awaitBell();
  }

  #watchBell(): FSWatcher | undefined {
    try {
      this.#bell ??= this.#openBell();
      const bell = watch(this.#bellPath, { persistent: false }, () => this.#poll());
      bell.on('error', () => {});
      return bell;
    } catch {
      // For example: the system has no more watches.
      return undefined;
    }
  }

  #stopIfIdle(): void {
    if (this.#watchers.size > 0) return;
    this.#listening?.bell?.close();
    clearInterval(this.#listening?.timer);
    this.#listening = undefined;
  }

  #poll(): void {
    if (Atomics.load(this.#environment.page.words, WORD.changes) !== this.#seen) this.#schedule();
  }

  /** Reads in a turn of its own, once for all commits of this turn. */
  #schedule(): void {
    if (this.#isScheduled || this.#watchers.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#listening) this.#read();
    });
  }

  #read(): void {
    this.#seen = Atomics.load(this.#environment.page.words, WORD.changes);
    const isPartial = this.#notifyAll();
    if (isPartial) this.#schedule();
    else this.#awaitBell();
  }

  /** Asks writers to ring the bell, and then checks that nothing was committed before they could see it. */
  #awaitBell(): void {
    Atomics.store(this.#environment.page.words, WORD.asleep, 1);
    this.#poll();
  }

  /** @returns whether there is more. */
  #notifyAll(): boolean {
    const byPosition = new Map<number, Watcher[]>();
    for (const watcher of this.#watchers.values()) {
      const group = byPosition.get(watcher.position);
      if (group) group.push(watcher);
      else byPosition.set(watcher.position, [watcher]);
    }
    let isPartial = false;
    for (const [position, group] of byPosition) {
      const missed = this.#log.since(position, RECORDS_PER_TURN);
      isPartial ||= missed.isPartial;
      for (const watcher of group) this.#notifyOne(watcher, missed);
    }
    return isPartial;
  }

  #notifyOne(watcher: Watcher, { changes, position }: Missed): void {
    watcher.position = position;
    const { prefix, listener } = watcher;
    const told = changes === 'reset' ? changes : changes.filter((key) => key.startsWith(prefix));
    if (told.length === 0) return;
    // A listener that throws must not stop the others.
    queueMicrotask(() => {
      if (this.#isWatching(watcher)) listener(told);
    });
  }

  #isWatching(watcher: Watcher): boolean {
    for (const one of this.#watchers.values()) if (one === watcher) return true;
    return false;
  }

  get #bellPath(): string {
    return join(this.#environment.path, BELL);
  }

  #openBell(): number {
    closeSync(openSync(this.#bellPath, 'a', 0o600));
    return openSync(this.#bellPath, 'r+');
  }
}
