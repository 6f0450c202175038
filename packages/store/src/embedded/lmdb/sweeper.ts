// Removes expired entries, so that their space is used again. One process does it, until it ends.

import { clearInterval, setImmediate, setInterval } from 'node:timers';
import { timeOfDay } from '@muster/codec/timers';
import { WORD } from '../shared-memory/shared-page.js';
import type { Environment } from './environment.js';
import type { Writer } from './writer.js';

/** Milliseconds between two sweeps, while all due entries fit into one. */
const EVERY_MS = 100;
/** Lines of the index in one sweep: about a millisecond, for which every other writer of the machine waits. */
const LIMIT = 256;

/** Every so many looks, the sweeper checks whether other processes have ended. */
const REAP_EVERY = 10;
/** After so many looks without a sign of the sweeper, another process takes over: it may be stopped. */
const PATIENCE = 20;

/** A sweep that cannot get the write lock in this time is left to the next one. */
const DEADLINE_MS = 1_000;

export class Sweeper {
  readonly #environment: Environment;
  readonly #writer: Writer;
  readonly #timer: NodeJS.Timeout;
  #looks = 0;
  #working: Promise<void> | undefined;
  #isClosed = false;
  #beat = 0;
  #beatSeenAt = 0;

  constructor(environment: Environment, writer: Writer) {
    this.#environment = environment;
    this.#writer = writer;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
    this.#timer.unref();
  }

  /** The next process takes it over at its next look. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#isClosed = true;
    await this.#working;
    const { page, slot } = this.#environment;
    Atomics.compareExchange(page.words, WORD.sweeper, slot + 1, 0);
  }

  /** Frees the reader slots of processes that have ended, which keep old pages in use. */
  async reapProcesses(): Promise<void> {
    const { clock, entries, page } = this.#environment;
    clock.noticeSleep();
    entries.readerCheck();
    const isGone = (slot: number): boolean => page.holderOf(slot) === undefined;
    await this.#writer.upkeep(() => this.#writer.log.reap(isGone), DEADLINE_MS);
  }

  #look(): void {
    this.#looks++;
    if (this.#working || !this.#isOurs()) return;
    Atomics.add(this.#environment.page.words, WORD.sweeperBeat, 1);
    this.#working = this.#work()
      .catch(() => {
        // The disk is full, or writers are busy: writes report that. The next look tries again.
      })
      .finally(() => {
        this.#working = undefined;
      });
  }

  async #work(): Promise<void> {
    if (this.#looks % REAP_EVERY === 0) await this.reapProcesses();
    while (!this.#isClosed && this.#isDue()) {
      await this.#writer.upkeep(
        (transaction) => this.#writer.index.sweep(transaction, LIMIT),
        DEADLINE_MS,
      );
      await new Promise(setImmediate);
    }
  }

  #isDue(): boolean {
    this.#environment.beginRead();
    try {
      return this.#writer.index.isDue({ now: this.#environment.clock.now(), wall: timeOfDay() });
    } finally {
      this.#environment.endRead();
    }
  }

  /** Whether this process is the sweeper. It takes over if no other process is. */
  #isOurs(): boolean {
    const { page, slot } = this.#environment;
    const sweeper = Atomics.load(page.words, WORD.sweeper);
    if (sweeper === slot + 1) return true;
    const beat = Atomics.load(page.words, WORD.sweeperBeat);
    if (sweeper !== 0) {
      if (beat !== this.#beat) {
        this.#beat = beat;
        this.#beatSeenAt = this.#looks;
        return false;
      }
      const isLate = this.#looks - this.#beatSeenAt > PATIENCE;
      const isCheck = this.#looks % REAP_EVERY === 0;
      if (!isLate && !(isCheck && page.holderOf(sweeper - 1) === undefined)) return false;
    }
    return Atomics.compareExchange(page.words, WORD.sweeper, sweeper, slot + 1) === sweeper;
  }
}
