// The clock for expiries and leases: all processes that share the files have the same one, and setting the time does not move it.

import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';
import { monotonicNs, timeOfDay } from '@muster/codec/timers';
import { WORD } from './shared-page.js';

/**
 * It starts with the time of day at which the first process of this boot opened the files, and follows the kernel's monotonic
 * clock from there. It never goes back, and setting the time does not move it.
 *
 * The monotonic clock stands still while the machine sleeps. So the processes measure how long it slept, and all advance the clock
 * by that time.
 */
export class Clock {
  #words: Int32Array;
  readonly #startMs: number;
  /** How long the machine had slept when this process opened the files, and how far the clock was ahead. */
  readonly #sleptMs = sleptMs();
  readonly #ahead: number;

  /** @param words of the shared page. */
  constructor(words: Int32Array) {
    this.#words = words;
    this.#startMs = agreeOnStart(words);
    this.#ahead = Atomics.load(words, WORD.clockAhead);
  }

  /** Whole milliseconds. */
  now(): number {
    const ahead = Atomics.load(this.#words, WORD.clockAhead) * SECOND_MS;
    return Math.floor(this.#startMs + monotonicMs() + ahead);
  }

  /** Advances the clock to `time` or a little further, if it is behind. */
  advanceTo(time: number): void {
    const behind = time - this.now();
    if (behind < TOLERANCE_MS) return;
    this.#goAhead(Atomics.load(this.#words, WORD.clockAhead) + Math.ceil(behind / SECOND_MS));
  }

  /** Called from time to time by at least one process. */
  noticeSleep(): void {
    const slept = Math.floor((sleptMs() - this.#sleptMs) / SECOND_MS);
    if (slept > 0) this.#goAhead(this.#ahead + slept);
  }

  /** Called before the page is closed. The clock continues for this process alone. */
  detach(): void {
    this.#words = Int32Array.from(this.#words);
  }

  /** Processes that measure the same sleep arrive at the same number of seconds. */
  #goAhead(seconds: number): void {
    for (;;) {
      const before = Atomics.load(this.#words, WORD.clockAhead);
      if (before >= seconds) return;
      Atomics.compareExchange(this.#words, WORD.clockAhead, before, seconds);
    }
  }
}

const SECOND_MS = 1_000;
/** Two clocks are never read at the same moment. */
const TOLERANCE_MS = 100;

/** The offset to `monotonicMs()`. It is on the page in microseconds, the same for all processes. */
function agreeOnStart(words: Int32Array): number {
  const longs = new BigInt64Array(words.buffer, words.byteOffset, WORD.clockStart / 2 + 1);
  const mine = BigInt(Math.round((wallMs() - monotonicMs()) * 1_000));
  const theirs = Atomics.compareExchange(longs, WORD.clockStart / 2, 0n, mine);
  return Number(theirs || mine) / 1_000;
}

/** The time of day at the beginning of a millisecond, so that it is exact. */
function wallMs(): number {
  const tick = timeOfDay();
  const until = monotonicMs() + 2;
  while (timeOfDay() === tick && monotonicMs() < until);
  return timeOfDay();
}

// Node's own clocks: this is loaded by the first call, which may be made by a test that fakes the global ones.
const sinceStart = performance.now.bind(performance);
const START_MS = Number(monotonicNs()) / 1e6 - sinceStart() - namespaceOffsetMs();

/** CLOCK_MONOTONIC as the first container of the machine sees it. */
function monotonicMs(): number {
  return START_MS + sinceStart();
}

/** Linux lets a container have a monotonic clock of its own (time_namespaces(7)): seconds and nanoseconds of difference. */
function namespaceOffsetMs(): number {
  let offsets: string;
  try {
    offsets = readFileSync('/proc/self/timens_offsets', 'latin1');
  } catch {
    return 0;
  }
  const [, seconds = 0, nanoseconds = 0] = /^monotonic\s+(-?\d+)\s+(\d+)/m.exec(offsets) ?? [];
  return Number(seconds) * 1_000 + Number(nanoseconds) / 1e6;
}

/** How long the machine has slept since its boot, plus a constant: a container may count from its own start. */
function sleptMs(): number {
  return uptime() * 1_000 - monotonicMs();
}
