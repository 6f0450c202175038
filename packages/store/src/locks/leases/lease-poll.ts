// When a waiting call asks for a lease again: after a wake-up, or after a time.
import { clearTimeout, setTimeout } from 'node:timers';
import type { Engine } from '../../engine.js';
import type { WakeUps } from './wake-ups.js';

/** Milliseconds to the next poll, first and longest, while wake-ups arrive (`live`) and while they do not. */
const POLL_MS = { live: [100, 2_000], deaf: [5, 100] } as const;

/** Polls that a waiter may miss before it loses its place, and slack for a busy event loop. */
const POLLS = 3;
const SLACK_MS = 1_500;

/** @param polls the number of polls in vain since the last wake-up. @returns whole milliseconds. */
export function nextPollMs(polls: number, isLive: boolean): number {
  const [first, most] = isLive ? POLL_MS.live : POLL_MS.deaf;
  return Math.min(first * 2 ** Math.min(polls, 20), most);
}

/** The wait of one call for a lease. Created before the first request, so that no wake-up is missed. Call `end()`. */
export class LeasePoll {
  readonly #wakeUps: WakeUps;
  readonly #engine: Engine;
  readonly #unsubscribe: () => void;
  #releaseFeed: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #wasWoken = false;
  #checksForGone = true;
  #polls = 0;

  constructor(wakeUps: WakeUps, engine: Engine, key: string) {
    this.#wakeUps = wakeUps;
    this.#engine = engine;
    this.#unsubscribe = wakeUps.subscribe(key, (wakeUp) => {
      if (wakeUp === 'gone') this.#checksForGone = true;
      this.#wasWoken = true;
      this.#polls = 0;
      this.#wake?.();
    });
  }

  /** How long the place in the queue has to be kept, so that it still exists at the next poll. */
  get placeMs(): number {
    return nextPollMs(this.#polls + 1, this.#wakeUps.isLive) * POLLS + SLACK_MS;
  }

  /** Whether an owner may have ended since the last read of this property. */
  get checksForGone(): boolean {
    const checks = this.#checksForGone || !this.#wakeUps.isLive;
    this.#checksForGone = false;
    return checks;
  }

  /** @param ms after which the lease may be free without a wake-up. */
  async until(ms: number): Promise<void> {
    this.#releaseFeed ??= this.#wakeUps.keepFeedOpen(this.#engine);
    if (!this.#wasWoken) {
      await new Promise<void>((resolve) => {
        const pollMs = nextPollMs(this.#polls++, this.#wakeUps.isLive);
        const timer = setTimeout(resolve, Math.min(Math.max(ms, 1), pollMs));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wasWoken = false;
  }

  end(): void {
    this.#unsubscribe();
    this.#releaseFeed?.();
    this.#wake?.();
  }
}
