// The tracking feeds of all masters, for one set of prefixes.
import type { RedisConnection } from '../topology/connection.js';
import type { TrackingFeed } from './tracking-feed.js';

export type Changes = readonly string[] | 'reset';

/** Opens the feed of a master. */
export type OpenFeed = (label: string, ...rest: FeedParameters) => TrackingFeed;
type FeedParameters =
  ConstructorParameters<typeof TrackingFeed> extends [unknown, ...infer Rest] ? Rest : never;

export interface TrackingFeedsListener {
  /** All feeds are live, for the first time or again. */
  live(): void;
  changed(changes: Changes): void;
}

export class TrackingFeeds {
  readonly #prefixes: readonly string[];
  readonly #open: OpenFeed;
  readonly #listener: TrackingFeedsListener;
  readonly #feeds = new Map<string, TrackingFeed>();
  #wasLive = false;
  /** Changes may have been missed. This is reported when all feeds are live. */
  #owesReset = false;

  constructor(prefixes: readonly string[], open: OpenFeed, listener: TrackingFeedsListener) {
    this.#prefixes = prefixes;
    this.#open = open;
    this.#listener = listener;
  }

  get isLive(): boolean {
    return this.#feeds.size > 0 && [...this.#feeds.values()].every((feed) => feed.isLive);
  }

  get lastError(): Error | undefined {
    for (const { lastError } of this.#feeds.values()) if (lastError) return lastError;
    return undefined;
  }

  covers(prefix: string): boolean {
    return this.#prefixes.some((tracked) => prefix.startsWith(tracked));
  }

  /** Keeps one feed for each of these masters, and for no other. */
  follow(masters: readonly RedisConnection[]): void {
    // While no master is known, the previous ones are the best guess.
    if (masters.length === 0) return;
    const labels = new Set(masters.map(({ label }) => label));
    for (const [label, feed] of this.#feeds) {
      if (labels.has(label)) continue;
      this.#feeds.delete(label);
      this.#owesReset = true;
      feed.close();
    }
    for (const label of labels) {
      if (this.#feeds.has(label)) continue;
      this.#owesReset = true;
      this.#feeds.set(
        label,
        this.#open(label, this.#prefixes, {
          live: (isAgain) => this.#live(isAgain),
          changed: (names) => this.#listener.changed(names ?? 'reset'),
        }),
      );
    }
    this.#settle();
  }

  /** As `TrackingFeed.confirm`, for all feeds. */
  async confirm(): Promise<boolean> {
    if (!this.isLive) return false;
    const feeds = [...this.#feeds.values()];
    const confirmed = await Promise.all(feeds.map((feed) => feed.confirm()));
    return confirmed.every(Boolean);
  }

  renew(): void {
    for (const feed of this.#feeds.values()) feed.renew();
  }

  resetWhenLive(): void {
    this.#owesReset = true;
    this.#settle();
  }

  close(): void {
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }

  #live(isAgain: boolean): void {
    if (isAgain) this.#owesReset = true;
    this.#settle();
  }

  #settle(): void {
    if (!this.isLive) return;
    const owesReset = this.#owesReset && this.#wasLive;
    this.#owesReset = false;
    const isFirst = !this.#wasLive;
    this.#wasLive = true;
    if (owesReset) this.#listener.changed('reset');
    if (owesReset || isFirst) this.#listener.live();
  }
}
