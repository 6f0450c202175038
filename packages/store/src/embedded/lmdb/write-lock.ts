// The lock of the process that writes. Unlike LMDB's own lock, it can be tried without blocking.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type Identity, pidOf, stateOf } from '../shared-memory/processes.js';
import { type SharedPage, WORD } from '../shared-memory/shared-page.js';

/** The number of looks at a taken lock before this process goes back to its event loop: some 20 µs, two short transactions. */
const LOOKS = 400;

/** Milliseconds after which the holder is checked for being alive. */
const PATIENCE_MS = 5;

/** Milliseconds between two attempts to take the lock. */
export const PAUSE_MS = 1;

/**
 * LMDB's write lock blocks the thread that waits for it, and with it the event loop: as long as another process is stopped (SIGSTOP, a
 * debugger) in the middle of a write. So a process takes this lock before it asks LMDB for its own. This lock is advisory: LMDB still
 * makes sure that only one process writes at a time. If a process dies while holding it, another process takes it over.
 */
export class WriteLock {
  readonly #page: SharedPage;
  readonly #mine: number;
  /** The last holder that was seen. */
  #theirs = 0;
  #seenAt = 0;

  constructor(page: SharedPage, slot: number) {
    this.#page = page;
    this.#mine = slot + 1;
  }

  /** Takes the lock if it is free, or becomes free within microseconds. */
  tryAcquire(): boolean {
    const { words } = this.#page;
    if (Atomics.compareExchange(words, WORD.writer, 0, this.#mine) === 0) return true;
    for (let look = 0; look < LOOKS; look++) {
      if (Atomics.load(words, WORD.writer) !== 0) continue;
      if (Atomics.compareExchange(words, WORD.writer, 0, this.#mine) === 0) return true;
    }
    return this.#inherit();
  }

  /** Waits for the lock. @returns whether it was taken within `withinMs`. */
  async acquire(withinMs: number): Promise<boolean> {
    const until = performance.now() + withinMs;
    while (!this.tryAcquire()) {
      if (performance.now() >= until) return false;
      await delay(PAUSE_MS);
    }
    return true;
  }

  release(): void {
    Atomics.compareExchange(this.#page.words, WORD.writer, this.#mine, 0);
  }

  /** Describes the holder for error messages. */
  describeHolder(): string {
    const holder = this.#holder(Atomics.load(this.#page.words, WORD.writer));
    if (holder === undefined) return 'by others, one after the other';
    return `by process ${pidOf(holder)}, ${stateOf(pidOf(holder))}`;
  }

  #holder(word: number): Identity | undefined {
    return word === 0 ? undefined : this.#page.holderOf(word - 1);
  }

  /** Takes the lock from a process that died while holding it. */
  #inherit(): boolean {
    const theirs = Atomics.load(this.#page.words, WORD.writer);
    if (theirs === 0) return false;
    const now = performance.now();
    if (theirs !== this.#theirs) {
      this.#theirs = theirs;
      this.#seenAt = now;
      return false;
    }
    if (now - this.#seenAt < PATIENCE_MS) return false;
    this.#theirs = 0;
    if (this.#holder(theirs) !== undefined) return false;
    return Atomics.compareExchange(this.#page.words, WORD.writer, theirs, this.#mine) === theirs;
  }
}
