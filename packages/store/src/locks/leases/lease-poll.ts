// From one attempt to get a lease to the next.
import { clearTimeout, setTimeout } from 'node:timers';
import type { Engine } from '../../engine.js';
import type { WakeUps } from './wake-ups.js';

/** Milliseconds to the next look at a lease, while wake-ups come through, and while they do not. */
const POLL_MS = { live: [100, 2_000], deaf: [5, 100] } as const;

/** How often a waiter polls, at least, before its place counts as given up; and a little, for a busy event loop. */
const POLLS = 3;
const SLACK_MS = 1_500;

/** @param polls how often it was looked in vain, without having been woken. @returns whole milliseconds. */
export function nextPollMs(polls: number, isLive: boolean): number {
  const [first, most] = isLive ? POLL_MS.live : POLL_MS.deaf;
  return Math.min(first * 2 ** Math.min(polls, 20), most);
}

/** One who waits for a lease. Made before it is asked for, so that no call is missed; to be ended. */
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

  /** For how long a place in the queue has to be kept, so that it is still there at the next look. */
  get placeMs(): number {
    return nextPollMs(this.#polls + 1, this.#wakeUps.isLive) * POLLS + SLACK_MS;
  }

  /** Whether an owner may have ended since this was asked last. */
  get checksForGone(): boolean {
    const checks = this.#checksForGone || !this.#wakeUps.isLive;
    this.#checksForGone = false;
    return checks;
  }

  /** @param ms by then the lease may be free without a word from anybody. */
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
