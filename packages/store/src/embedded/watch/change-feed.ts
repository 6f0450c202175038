// Tells those of this process who watch what any process has changed.

import { closeSync, type FSWatcher, openSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';
import { clearInterval, setImmediate, setInterval } from 'node:timers';
import { queueMicrotask } from '@muster/codec/timers';
import type { Environment } from '../lmdb/environment.js';
import type { Writer } from '../lmdb/writer.js';
import { WORD } from '../shared-memory/shared-page.js';
import type { FeedLog, Missed } from './change-log.js';

type Listener = (changes: readonly string[] | 'reset') => void;

interface Watcher {
  readonly prefix: string;
  readonly listener: Listener;
  /** The number of the last transaction that it was told of. */
  position: number;
}

/** Records that are read in one turn. */
const READ_LIMIT = 512;

/** Milliseconds between two looks at a word of memory, for where the bell is not heard: some file systems have none. */
const LOOK_EVERY_MS = 25;

/** A file beside the data, which is written to where someone asleep wants to hear of a commit. */
const BELL = 'bell';
const RING = Buffer.of(1);

export class Feed {
  readonly #environment: Environment;
  readonly #log: FeedLog;
  readonly #watchers = new Map<number, Watcher>();
  #lastId = 0;
  #seen = 0;
  #isAwake = false;
  #bell: number | undefined;
  #hearing: { readonly bell: FSWatcher | undefined; readonly timer: NodeJS.Timeout } | undefined;

  constructor(environment: Environment, log: FeedLog) {
    this.#environment = environment;
    this.#log = log;
  }

  /** To be called after each commit that was recorded. It does not throw: what was committed stays committed. */
  ring(): void {
    const { words } = this.#environment.page;
    Atomics.add(words, WORD.changes, 1);
    if (Atomics.exchange(words, WORD.asleep, 0) !== 0) {
      try {
        this.#bell ??= this.#openBell();
        writeSync(this.#bell, RING, 0, 1, 0);
      } catch {
        // No descriptor is left, or the bell is another user's: they look by themselves, too.
      }
    }
    this.#wake();
  }

  async watch(
    writer: Writer,
    prefix: string,
    listener: Listener,
    deadlineMs: number,
  ): Promise<() => void> {
    const id = ++this.#lastId;
    const watcher: Watcher = { prefix, listener, position: 0 };
    this.#hear();
    try {
      await writer.write(() => {
        watcher.position = this.#log.add(id, prefix);
        // Within the transaction, so that none can come in between.
        this.#watchers.set(id, watcher);
      }, deadlineMs);
    } catch (error) {
      this.#watchers.delete(id);
      this.#restIfIdle();
      throw error;
    }
    return () => {
      if (!this.#watchers.delete(id)) return;
      this.#restIfIdle();
      // If it cannot be written now, it ends with this process.
      writer.upkeep(() => this.#log.remove(id), deadlineMs).catch(() => {});
    };
  }

  close(): void {
    this.#watchers.clear();
    this.#restIfIdle();
    if (this.#bell !== undefined) closeSync(this.#bell);
    this.#bell = undefined;
  }

  #hear(): void {
    if (this.#hearing) return;
    const timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    timer.unref();
    this.#hearing = { bell: this.#listenToBell(), timer };
    this.#sleep();
  }

  #listenToBell(): FSWatcher | undefined {
    try {
      this.#bell ??= this.#openBell();
      const bell = watch(this.#bellPath, { persistent: false }, () => this.#look());
      bell.on('error', () => {});
      return bell;
    } catch {
      // No more of the system's watches are left, say.
      return undefined;
    }
  }

  #restIfIdle(): void {
    if (this.#watchers.size > 0) return;
    this.#hearing?.bell?.close();
    clearInterval(this.#hearing?.timer);
    this.#hearing = undefined;
  }

  #look(): void {
    if (Atomics.load(this.#environment.page.words, WORD.changes) !== this.#seen) this.#wake();
  }

  /** Reads what there is in a turn of its own, once for all that is committed in this one. */
  #wake(): void {
    if (this.#isAwake || this.#watchers.size === 0) return;
    this.#isAwake = true;
    setImmediate(() => {
      this.#isAwake = false;
      if (this.#hearing) this.#read();
    });
  }

  #read(): void {
    this.#seen = Atomics.load(this.#environment.page.words, WORD.changes);
    const isPartial = this.#tell();
    if (isPartial) this.#wake();
    else this.#sleep();
  }

  /** Asks to be rung for, and sees that nothing came before that was heard. */
  #sleep(): void {
    Atomics.store(this.#environment.page.words, WORD.asleep, 1);
    this.#look();
  }

  /** @returns whether there is more. */
  #tell(): boolean {
    const byPosition = new Map<number, Watcher[]>();
    for (const watcher of this.#watchers.values()) {
      const group = byPosition.get(watcher.position);
      if (group) group.push(watcher);
      else byPosition.set(watcher.position, [watcher]);
    }
    let isPartial = false;
    for (const [position, group] of byPosition) {
      const missed = this.#log.since(position, READ_LIMIT);
      isPartial ||= missed.isPartial;
      for (const watcher of group) this.#tellOne(watcher, missed);
    }
    return isPartial;
  }

  #tellOne(watcher: Watcher, { changes, position }: Missed): void {
    watcher.position = position;
    const { prefix, listener } = watcher;
    const told = changes === 'reset' ? changes : changes.filter((key) => key.startsWith(prefix));
    if (told.length === 0) return;
    // What a listener throws is the app's, and stops nothing here.
    queueMicrotask(() => {
      if (this.#isThere(watcher)) listener(told);
    });
  }

  #isThere(watcher: Watcher): boolean {
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
