// Redis tells of an expiry when it removes the key, and one that nobody asks for it removes when it comes across it:
// among a thousand others that expire, seconds later; among a million, hours. Whoever watches asks at the right time.
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { PendingCalls } from '../calls/pending-calls.js';
import { timeLeftOf } from '../calls/requests.js';
import { escapeGlob, Scans } from '../scan.js';
import type { Topology } from '../topology/topology.js';

/** Ends that are kept in mind. Of more, only the next ones are; the others are looked for again in time. */
const MOST = 10_000;
/** Changes of one key that follow each other are asked about once. */
const ASK_AFTER_MS = 50;
const ASK_AT_ONCE = 500;
/** Between two looks at what has ended. */
const TICK_MS = 20;
/** Who watches for a moment only has no need of it. */
const SEEK_AFTER_MS = 1_000;
/** Keys that are looked at in one go, and the pause to the next: some thousands a second, which Redis does not feel. */
const SEEK_COUNT = 500;
const SEEK_PAUSE_MS = 50;
const DEADLINE_MS = 5_000;

export class Expiries {
  readonly #topology: Topology;
  readonly #isWatched: (name: string) => boolean;
  readonly #calls: PendingCalls;
  readonly #scans: Scans;
  /** When they end, on the monotonic clock. */
  readonly #ends = new Map<string, number>();
  /** What ends later than this may be missing in `#ends`. */
  #horizon = Number.POSITIVE_INFINITY;
  readonly #toAsk = new Set<string>();
  #asking: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;
  #seeking: NodeJS.Timeout | undefined;
  readonly #prefixes: () => readonly string[];
  /** There may be more to find than the look under way began with. */
  #seeksAgain = false;
  #isClosed = false;

  /** @param prefixes of all that is watched now, asked for when they are needed. */
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

  /** It has changed, or may be there: when does it end? */
  ask(name: string): void {
    this.#toAsk.add(name);
    this.#asking ??= setTimeout(() => this.#askAll(), ASK_AFTER_MS).unref();
  }

  /** Looks for keys that are there already, soon and in the background. */
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

  /** Where it has ended, Redis removes it now, and tells all who watch. */
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
    // Those that were forgotten are next.
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
      // Redis is away. What changed meanwhile is a reset, and what ends is looked for again.
      this.#seeking = undefined;
      if (!this.#isClosed) this.seek();
    }
  }
}
