// Whose turn it is to write: a lock that can be tried, which LMDB's own cannot.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type Identity, pidOf, stateOf } from '../shared-memory/processes.js';
import { type SharedPage, WORD } from '../shared-memory/shared-page.js';

/** Looks at a lock that another process has, before this one lets its event loop turn: some 20 µs, two short transactions. */
const LOOKS = 400;

/** Milliseconds for which one holder is believed to be at work before it is asked whether it lives. */
const PATIENCE_MS = 5;

/** Milliseconds of a pause while the lock is waited for. */
export const PAUSE_MS = 1;

/**
 * LMDB's write lock blocks the thread that waits for it, and so its event loop: for as long as a process is stopped
 * (SIGSTOP, a debugger) in the middle of a write. So nobody asks LMDB for its lock who does not have this one. It is
 * advice: that only one writes at a time is still LMDB's to see to. One that dies with it is found, and it is taken from it.
 */
export class WriteLock {
  readonly #page: SharedPage;
  readonly #mine: number;
  /** Another holder that was seen. */
  #theirs = 0;
  #seenAt = 0;

  constructor(page: SharedPage, slot: number) {
    this.#page = page;
    this.#mine = slot + 1;
  }

  /** Takes it where it is free, or nearly so. */
  tryAcquire(): boolean {
    const { words } = this.#page;
    if (Atomics.compareExchange(words, WORD.writer, 0, this.#mine) === 0) return true;
    for (let look = 0; look < LOOKS; look++) {
      if (Atomics.load(words, WORD.writer) !== 0) continue;
      if (Atomics.compareExchange(words, WORD.writer, 0, this.#mine) === 0) return true;
    }
    return this.#inherit();
  }

  /** As soon as it is free. @returns whether it was, within `withinMs`. */
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

  /** For people: who has it. */
  describeHolder(): string {
    const holder = this.#holder(Atomics.load(this.#page.words, WORD.writer));
    if (holder === undefined) return 'by others, one after the other';
    return `by process ${pidOf(holder)}, ${stateOf(pidOf(holder))}`;
  }

  #holder(word: number): Identity | undefined {
    return word === 0 ? undefined : this.#page.holderOf(word - 1);
  }

  /** Takes it from a process that died with it. */
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
