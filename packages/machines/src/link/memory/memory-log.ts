// A log in this process, for tests: with a clock of its own, and with whatever can go wrong with one, on demand.

import { performance } from 'node:perf_hooks';
import { clearInterval, setImmediate, setInterval, setTimeout } from 'node:timers';
import type { Link, LinkListener, LogEntry } from '../link.js';

/** What one link suffers. */
interface Faults {
  /** Neither reads nor appends. */
  cut: boolean;
  /** Appends happen, and are not acknowledged. */
  deaf: boolean;
  /** What an append rejects with. */
  refusal: Error | undefined;
}

export interface MemoryLink extends Link {
  readonly faults: Faults;
  /** To be called when a cut is over. */
  heal(): void;
}

export class MemoryLog {
  #entries: LogEntry[] = [];
  readonly #links = new Set<() => void>();
  /** Added to the clock, in milliseconds. */
  aheadMs = 0;

  get nowMs(): number {
    const now = Math.floor(performance.timeOrigin + performance.now()) + this.aheadMs;
    return Math.max(now, this.#entries.at(-1)?.atMs ?? 0);
  }

  get size(): number {
    return this.#entries.length;
  }

  append(bytes: Buffer): void {
    this.#entries.push({ atMs: this.nowMs, bytes });
    for (const wake of this.#links) wake();
  }

  /** Forgets its oldest entries, as when they were trimmed. Readers go on behind them. */
  trim(count: number): void {
    for (let i = 0; i < count; i++) this.#entries[i] = { atMs: 0, bytes: Buffer.alloc(0) };
  }

  /** Loses its newest entries, as in a failover. All are read again from the start. */
  lose(count: number): void {
    this.#entries = this.#entries.slice(0, this.#entries.length - count);
    this.#rewritten++;
  }

  #rewritten = 0;

  link(): MemoryLink {
    const faults: Faults = { cut: false, deaf: false, refusal: undefined };
    let listener: LinkListener | undefined;
    let at = 0;
    let rewritten = this.#rewritten;
    let isWoken = false;
    const read = () => {
      isWoken = false;
      if (listener === undefined || faults.cut) return;
      if (rewritten !== this.#rewritten) at = 0;
      rewritten = this.#rewritten;
      const entries = this.#entries.slice(at).filter(({ bytes }) => bytes.length > 0);
      if (listener.read(entries)) at = this.#entries.length;
    };
    const wake = () => {
      if (!isWoken) setImmediate(read);
      isWoken = true;
    };
    // Without it nobody would hear that there is nothing.
    const timer = setInterval(wake, 100).unref();
    return {
      faults,
      heal() {
        faults.cut = false;
        wake();
      },
      open: async (given) => {
        while (faults.cut) await new Promise((resolve) => setTimeout(resolve, 5));
        at = this.#entries.length;
        listener = given;
        this.#links.add(wake);
        return this.nowMs;
      },
      append: async (bytes) => {
        await new Promise(setImmediate);
        if (faults.refusal) throw faults.refusal;
        if (faults.cut) throw new Error('It is cut');
        this.append(bytes);
        if (faults.deaf) throw new Error('Nobody knows');
      },
      close: () => {
        listener = undefined;
        this.#links.delete(wake);
        clearInterval(timer);
      },
    };
  }
}
