// Node's timers for durations of any length: one above 2^31 - 1 ms fires at once there. `Infinity` never comes. For all
// packages of Muster: whatever waits for a duration that a user gave waits by these.

import { setTimeout as delay } from 'node:timers/promises';

// As they are now: a test that fakes timers later means its own code, and would stop for good what waits here, or end what others
// have stored.
const { clearTimeout, setTimeout } = globalThis;
export const queueMicrotask: typeof globalThis.queueMicrotask = globalThis.queueMicrotask;
export const nextTick: typeof process.nextTick = process.nextTick;

/** Milliseconds since the epoch, by the clock of the machine. */
export const timeOfDay: () => number = Date.now;

/** Nanoseconds of the monotonic clock of the machine. */
export const monotonicNs: () => bigint = process.hrtime.bigint;

/** The longest that a timer of Node takes, in milliseconds: about 24 days. */
export const MOST_MS = 2 ** 31 - 1;

/** A timer; like one of Node, it keeps the process alive unless `unref()` is called. */
export class Timer {
  #timer: NodeJS.Timeout | undefined;
  #alive = true;

  constructor(call: () => void, ms: number) {
    this.#wait(call, ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  ref(): this {
    this.#alive = true;
    this.#timer?.ref();
    return this;
  }

  unref(): this {
    this.#alive = false;
    this.#timer?.unref();
    return this;
  }

  #wait(call: () => void, ms: number): void {
    const next = () => (ms > MOST_MS ? this.#wait(call, ms - MOST_MS) : call());
    this.#timer = setTimeout(next, Math.min(ms, MOST_MS));
    if (!this.#alive) this.#timer.unref();
  }
}

/** Calls back once after `ms` milliseconds. */
export function setTimer(call: () => void, ms: number): Timer {
  return new Timer(call, ms);
}

export function clearTimer(timer: Timer | undefined): void {
  timer?.clear();
}

/**
 * Settles after `ms` milliseconds.
 *
 * @throws AbortError when the signal is aborted before
 */
export async function sleep(ms: number, options: { signal?: AbortSignal } = {}): Promise<void> {
  for (let left = ms; left > 0 || left === ms; left -= MOST_MS) {
    await delay(Math.min(left, MOST_MS), undefined, options);
  }
}
