// Whether the link to the log works: this machine reads it, and the log takes what this machine appends.

import { performance } from 'node:perf_hooks';

interface LinkHealthEvents {
  /** The other machines are out of reach. */
  readonly down: () => void;
  /** They are in reach again. */
  readonly up: () => void;
  /** Called with the reason when the link is down, and with `undefined` when it is up again. */
  readonly changed: (trouble: Error | undefined) => void;
}

export class LinkHealth {
  readonly #goneMs: number;
  readonly #events: LinkHealthEvents;
  readonly #startedAt = performance.now();
  /** When something was read last, or nothing was there to read; by performance.now(). */
  #readAt = Number.NEGATIVE_INFINITY;
  /** Since when no append has succeeded, though one was tried; by performance.now(). */
  #failsSince: number | undefined;
  #isMute = true;
  #isUp = false;
  /** Whether `changed` was called with a reason, and not with `undefined` since. */
  #isReported = false;
  #trouble: Error | undefined;

  /** @param goneMs after so long without a read, or without an append that succeeds, the link is down. */
  constructor(goneMs: number, events: LinkHealthEvents) {
    this.#goneMs = goneMs;
    this.#events = events;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** The log takes nothing of this machine, so that it is gone for the others. Then it reads nothing either. */
  get isMute(): boolean {
    return this.#isMute;
  }

  /** Why the link is down. */
  get lastError(): string | undefined {
    return this.#isUp ? undefined : this.#trouble?.message;
  }

  failed(error: Error): void {
    this.#trouble = error;
  }

  appending(): void {
    this.#failsSince ??= performance.now();
  }

  appended(): void {
    this.#failsSince = undefined;
    this.#isMute = false;
  }

  read(): void {
    this.#readAt = performance.now();
    if (this.#isUp) return;
    this.#isUp = true;
    this.#isReported = false;
    this.#trouble = undefined;
    this.#events.up();
    this.#events.changed(undefined);
  }

  /** To be called several times within `goneMs`. */
  check(): void {
    const now = performance.now();
    this.#isMute ||= this.#failsSince !== undefined && now - this.#failsSince > this.#goneMs;
    if (!this.#isUp) {
      if (now - this.#startedAt >= this.#goneMs) this.#report();
    } else if (this.#isMute || now - this.#readAt > this.#goneMs) {
      this.#isUp = false;
      this.#events.down();
      this.#report();
    }
  }

  #report(): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#events.changed(this.#trouble ?? new Error('Nothing comes of the log'));
  }
}
