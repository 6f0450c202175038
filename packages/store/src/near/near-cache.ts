// The near cache of some prefixes. A source reports the changes.
import { performance } from 'node:perf_hooks';
import { timeOfDay } from '@muster/codec/timers';
import type { NearCounters, NearLimits, NearReads, NearSource } from './contract.js';
import { warnThatForbidden } from './forbidden.js';
import { NearEntries } from './near-entries.js';

/** The part of `maxStaleMs` from one confirmation to the next, while there are reads. */
const CONFIRM_EVERY = 1 / 4;
/** Milliseconds to the next attempt after a failure to watch. */
const RETRY_MS = 5_000;
/** If the two clocks drift apart by more, one of them was set, or the machine slept for an unknown time. */
const CLOCK_JUMP_MS = 50;

export class NearCache implements NearReads {
  readonly #prefixes: readonly string[];
  readonly #source: NearSource;
  readonly #entries: NearEntries;
  readonly #confirmEveryMs: number;
  readonly #counters = { hits: 0, misses: 0, stale: 0, gaps: 0 };
  #ends: (() => void)[] = [];
  #isLive = false;
  #isOpening = false;
  #isClosed = false;
  #isUsed = false;
  #openAt = Number.NEGATIVE_INFINITY;
  #confirmAt = Number.NEGATIVE_INFINITY;
  /** The time of day minus the monotonic clock. */
  #offset = timeOfDay() - performance.now();

  /** @param prefixes of full keys; only keys with these prefixes are read. */
  constructor(source: NearSource, prefixes: readonly string[], limits: NearLimits) {
    this.#source = source;
    this.#prefixes = prefixes;
    this.#entries = new NearEntries(limits);
    this.#confirmEveryMs = limits.maxStaleMs * CONFIRM_EVERY;
  }

  get counters(): NearCounters {
    return { ...this.#counters, entries: this.#entries.size };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether it had a hit since the last call. */
  takeUse(): boolean {
    const isUsed = this.#isUsed;
    this.#isUsed = false;
    return isUsed;
  }

  get(key: string): Promise<string | undefined> | string | undefined {
    const now = this.#now();
    if (now >= this.#confirmAt) this.#refresh(now);
    const found = this.#entries.find(key, now);
    if (typeof found === 'object') {
      this.#counters.hits++;
      this.#isUsed = true;
      return found.text;
    }
    this.#counters.misses++;
    if (found === 'stale') this.#counters.stale++;
    return this.#isLive ? this.#read(key, now) : this.#source.readThrough(key);
  }

  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  /** This process is writing the key, or has just written it. */
  drop(key: string): void {
    this.#entries.drop(key);
  }

  /** Afterwards every read asks the server. */
  close(): void {
    this.#isClosed = true;
    this.#isLive = false;
    for (const end of this.#ends.splice(0)) end();
    this.#entries.clear(performance.now());
  }

  /** The monotonic clock, which goes on while the event loop is blocked or the process is stopped. */
  #now(): number {
    const now = performance.now();
    const offset = timeOfDay() - now;
    if (Math.abs(offset - this.#offset) > CLOCK_JUMP_MS) {
      this.#offset = offset;
      this.#gap();
    }
    return now;
  }

  async #read(key: string, sentAt: number): Promise<string | undefined> {
    const entry = this.#entries.begin(key);
    try {
      const found = await this.#source.read(key);
      if (entry) {
        const ttlMs = found ? found.ttlMs : Number.POSITIVE_INFINITY;
        this.#entries.fill(key, entry, found?.text, ttlMs, sentAt);
      }
      return found?.text;
    } catch (error) {
      if (entry) this.#entries.abandon(key, entry);
      throw error;
    }
  }

  /** Runs on reads, so that a cache that nobody reads costs nothing. */
  #refresh(now: number): void {
    this.#confirmAt = now + this.#confirmEveryMs;
    if (this.#isLive) void this.#confirm(now);
    else if (now >= this.#openAt) void this.#open(now);
  }

  async #confirm(sentAt: number): Promise<void> {
    // The clocks may drift apart slowly, if one of them is slewed.
    this.#offset = timeOfDay() - performance.now();
    if (await this.#source.confirm()) this.#entries.confirm(sentAt);
  }

  async #open(now: number): Promise<void> {
    if (this.#isOpening || this.#isClosed) return;
    this.#isOpening = true;
    const watches = await Promise.allSettled(
      this.#prefixes.map((prefix) => this.#source.watch(prefix, (changes) => this.#told(changes))),
    );
    this.#isOpening = false;
    this.#ends = watches.flatMap((watch) => (watch.status === 'fulfilled' ? watch.value : []));
    const failed = watches.find((watch) => watch.status === 'rejected');
    if (!failed && !this.#isClosed) {
      this.#isLive = true;
      void this.#confirm(performance.now());
      return;
    }
    for (const end of this.#ends.splice(0)) end();
    this.#openAt = now + RETRY_MS;
    if (failed && !this.#isClosed) warnThatForbidden(failed.reason);
  }

  #told(changes: readonly string[] | 'reset'): void {
    if (changes === 'reset') this.#gap();
    else for (const key of changes) this.#entries.drop(key);
  }

  #gap(): void {
    if (this.#isLive) this.#counters.gaps++;
    this.#entries.clear(performance.now());
    this.#confirmAt = Number.NEGATIVE_INFINITY;
  }
}
