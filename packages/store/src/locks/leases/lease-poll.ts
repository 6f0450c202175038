// From one attempt to get a lease to the next.
import { clearTimeout, setTimeout } from 'node:timers';
import type { Engine } from '../../engine.js';
import type { WaitingRoom } from './wake-ups.js';

/** Milliseconds to the next look at a lease, while wake-ups come through, and while they do not. */
const LOOK_MS = { live: [100, 2_000], deaf: [5, 100] } as const;

/** How often a waiter looks, at least, before its place counts as given up; and a little, for a busy event loop. */
const LOOKS = 3;
const SLACK_MS = 1_500;

/** @param looks how often it was looked in vain, without having been woken. @returns whole milliseconds. */
export function nextLookMs(looks: number, isLive: boolean): number {
  const [first, most] = isLive ? LOOK_MS.live : LOOK_MS.deaf;
  return Math.min(first * 2 ** Math.min(looks, 20), most);
}

/** One who waits for a lease. Made before it is asked for, so that no call is missed; to be ended. */
export class Sleep {
  readonly #room: WaitingRoom;
  readonly #engine: Engine;
  readonly #unhear: () => void;
  #unlisten: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #wasCalled = false;
  #looksForGone = true;
  #looks = 0;

  constructor(room: WaitingRoom, engine: Engine, key: string) {
    this.#room = room;
    this.#engine = engine;
    this.#unhear = room.hear(key, (call) => {
      if (call === 'gone') this.#looksForGone = true;
      this.#wasCalled = true;
      this.#looks = 0;
      this.#wake?.();
    });
  }

  /** For how long a place in the queue has to be kept, so that it is still there at the next look. */
  get placeMs(): number {
    return nextLookMs(this.#looks + 1, this.#room.isLive) * LOOKS + SLACK_MS;
  }

  /** Whether an owner may have ended since this was asked last. */
  get looksForGone(): boolean {
    const looks = this.#looksForGone || !this.#room.isLive;
    this.#looksForGone = false;
    return looks;
  }

  /** @param ms by then the lease may be free without a word from anybody. */
  async until(ms: number): Promise<void> {
    this.#unlisten ??= this.#room.listen(this.#engine);
    if (!this.#wasCalled) {
      await new Promise<void>((resolve) => {
        const look = nextLookMs(this.#looks++, this.#room.isLive);
        const timer = setTimeout(resolve, Math.min(Math.max(ms, 1), look));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wasCalled = false;
  }

  end(): void {
    this.#unhear();
    this.#unlisten?.();
    this.#wake?.();
  }
}
