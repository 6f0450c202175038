// Redis reports an expiry when it removes the key. It removes a key that nobody reads when it comes across it: among a thousand
// other keys that expire, seconds later; among a million, hours. So a process that watches reads the key at the right time.
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { PendingCalls } from '../calls/pending-calls.js';
import { timeLeftOf } from '../calls/requests.js';
import { escapeGlob, Scans } from '../scan.js';
import type { Topology } from '../topology/topology.js';

/** The most expiry times that are kept. If there are more, the latest are forgotten, and sought again in time. */
const MOST = 10_000;
/** Milliseconds from a change to the question, so that several changes of a key cause one question. */
const ASK_AFTER_MS = 50;
const ASK_AT_ONCE = 500;
/** Milliseconds between two checks for keys that have expired. */
const TICK_MS = 20;
/** Milliseconds from a watch to its first seek, which a short watch does not need. */
const SEEK_AFTER_MS = 1_000;
/** Keys in one page of a seek, and milliseconds to the next: some thousand keys a second, a negligible load for Redis. */
const SEEK_COUNT = 500;
const SEEK_PAUSE_MS = 50;
const DEADLINE_MS = 5_000;

export class Expiries {
  readonly #topology: Topology;
  readonly #isWatched: (name: string) => boolean;
  readonly #calls: PendingCalls;
  readonly #scans: Scans;
  /** When keys expire, on the monotonic clock. */
  readonly #ends = new Map<string, number>();
  /** Keys that expire later than this may be missing in `#ends`. */
  #horizon = Number.POSITIVE_INFINITY;
  readonly #toAsk = new Set<string>();
  #asking: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;
  #seeking: NodeJS.Timeout | undefined;
  readonly #prefixes: () => readonly string[];
  /** Whether another seek is due after the current one. */
  #seeksAgain = false;
  #isClosed = false;

  /** @param prefixes returns the prefixes that are being watched. */
  constructor(
    topology: Topology,
    isWatched: (name: string) => boolean,
    prefixes: () => readonly string[],
  ) {
    this.#topology = topology;
    this.#isWatched = isWatched;
    this.#prefixes = prefixes;
    this.#calls = new PendingCalls(topology, DEADLINE_MS, { keepsAlive: false });
    this.#scans = new Scans(topology, this.#calls);
  }

  /** Finds out when a key expires that has changed or may exist. */
  ask(name: string): void {
    this.#toAsk.add(name);
    this.#asking ??= setTimeout(() => this.#askAll(), ASK_AFTER_MS).unref();
  }

  /** Looks for existing keys, soon and in the background. */
  seek(): void {
    this.#seeksAgain = true;
    this.#seeking ??= setTimeout(() => this.#seekAll(), SEEK_AFTER_MS).unref();
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of [this.#asking, this.#tick, this.#seeking]) clearTimeout(timer);
    void this.#calls.close();
  }

  #askAll(): void {
    this.#asking = undefined;
    let left = ASK_AT_ONCE;
    for (const name of this.#toAsk) {
      if (left-- === 0) {
        this.#asking = setTimeout(() => this.#askAll(), 1).unref();
        return;
      }
      this.#toAsk.delete(name);
      this.#askFor(name);
    }
  }

  /** If the key has expired, Redis removes it now, and notifies all watchers. */
  #askFor(name: string): void {
    const asked = performance.now();
    this.#calls.start(timeLeftOf(this.#topology.slotOf(name), name), (error, reply) => {
      if (this.#isClosed) return;
      if (error) this.seek();
      else if (typeof reply !== 'number' || reply < 0) this.#ends.delete(name);
      else this.#learn(name, asked + reply + 1);
    });
  }

  #learn(name: string, endsAt: number): void {
    this.#ends.delete(name);
    if (endsAt >= this.#horizon) return;
    this.#ends.set(name, endsAt);
    if (this.#ends.size > MOST) this.#forgetLast();
    this.#tick ??= setTimeout(() => this.#look(), TICK_MS).unref();
  }

  #forgetLast(): void {
    const byEnd = [...this.#ends].sort(([, a], [, b]) => a - b);
    const forgotten = byEnd.slice(MOST / 2);
    for (const [name] of forgotten) this.#ends.delete(name);
    this.#horizon = forgotten[0]?.[1] ?? this.#horizon;
  }

  #look(): void {
    this.#tick = undefined;
    const now = performance.now();
    let next = this.#horizon;
    for (const [name, endsAt] of this.#ends) {
      if (endsAt > now) next = Math.min(next, endsAt);
      else {
        this.#ends.delete(name);
        this.#askFor(name);
      }
    }
    // The next keys to expire are among the forgotten ones.
    if (this.#horizon <= now + SEEK_AFTER_MS || this.#ends.size === 0) {
      if (this.#horizon !== Number.POSITIVE_INFINITY) this.seek();
      this.#horizon = Number.POSITIVE_INFINITY;
    }
    if (this.#ends.size === 0) return;
    const ms = Math.min(Math.max(next - now, TICK_MS), SEEK_AFTER_MS);
    this.#tick ??= setTimeout(() => this.#look(), ms).unref();
  }

  async #seekAll(): Promise<void> {
    this.#seeksAgain = false;
    try {
      for (const prefix of this.#prefixes()) {
        let cursor: string | undefined;
        do {
          if (this.#isClosed) return;
          const page = await this.#scans.page(
            `${escapeGlob(prefix)}*`,
            'string',
            SEEK_COUNT,
            cursor,
          );
          for (const name of page.names) if (this.#isWatched(name)) this.ask(name);
          cursor = page.cursor;
          await delay(SEEK_PAUSE_MS, undefined, { ref: false });
        } while (cursor !== undefined);
      }
      this.#seeking = undefined;
      if (this.#seeksAgain) this.seek();
    } catch {
      // Redis cannot be reached. Watchers get a reset for changes meanwhile, and expiries are sought again.
      this.#seeking = undefined;
      if (!this.#isClosed) this.seek();
    }
  }
}
