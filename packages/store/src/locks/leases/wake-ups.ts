// Wakes those in this process who wait for a lease, as soon as it may be theirs.
import { clearTimeout, setTimeout } from 'node:timers';
import { nanoid } from 'nanoid';
import type { Engine } from '../../engine.js';
import { Keyspace } from '../../entries/keyspace.js';
import { GONE_PREFIX } from './owner.js';

/** `gone`: an owner has ended, or the feed may have missed it. */
type WakeUp = 'woken' | 'gone';
type WakeListener = (wakeUp: WakeUp) => void;

/** The feed stays open for so long after the last one has left: whoever waited once often waits again. */
const LINGER_MS = 5_000;

export class WakeUps {
  /** Names this store among all who wait. */
  readonly client = nanoid(16);
  readonly #prefix = `${Keyspace.own('wake').prefix}${this.client}:`;
  readonly #byLease = new Map<string, Set<WakeListener>>();
  /** How many of them cannot do without the feed. */
  #feedUsers = 0;
  /** Of the feed that is open or being opened; another one for each. */
  #feed: object | undefined;
  #unwatch: (() => void)[] = [];
  #isLive = false;
  #linger: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** The key by which others wake this client for that lease. It ends as that of the lease does, hash tag included. */
  wakeKey(leaseKey: string): string {
    return this.#prefix + leaseKey;
  }

  /** Whether wake-ups come through. If not, look more often. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /**
   * Has `listener` called by what is known here anyway: what this process gives back, and the feed where it is open. To be
   * asked for before a place in the queue is: whoever gives the lease back may do so before the answer is here.
   *
   * @returns its unsubscribe.
   */
  subscribe(leaseKey: string, listener: WakeListener): () => void {
    const listeners = this.#byLease.get(leaseKey) ?? new Set();
    this.#byLease.set(leaseKey, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#byLease.get(leaseKey) !== listeners) return;
      this.#byLease.delete(leaseKey);
    };
  }

  /** Keeps the feed open, too. @returns its end. */
  keepFeedOpen(engine: Engine): () => void {
    this.#feedUsers++;
    clearTimeout(this.#linger);
    if (!this.#feed) this.#open(engine);
    return () => {
      if (--this.#feedUsers > 0) return;
      this.#linger = setTimeout(() => this.#closeFeed(), LINGER_MS).unref();
    };
  }

  /** @param ids of those who may have a lease now; those of other clients are none of ours. */
  wake(leaseKey: string, ids: readonly string[]): void {
    if (ids.some((id) => id.startsWith(`${this.client}.`))) this.#wake(leaseKey);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#linger);
    this.#closeFeed();
  }

  async #open(engine: Engine): Promise<void> {
    const feed = {};
    this.#feed = feed;
    const watches = await Promise.allSettled([
      engine.watch(this.#prefix, (changes) => {
        if (changes === 'reset') this.#wakeAll();
        else for (const key of changes) this.#wake(key.slice(this.#prefix.length));
      }),
      engine.watch(GONE_PREFIX, () => this.#wakeAll()),
    ]);
    const unwatch = watches.flatMap((watch) => (watch.status === 'fulfilled' ? watch.value : []));
    const isWanted = this.#feed === feed && !this.#isClosed;
    if (!isWanted || unwatch.length < watches.length) {
      for (const end of unwatch) end();
      if (this.#feed === feed) this.#feed = undefined;
      return;
    }
    this.#unwatch = unwatch;
    this.#isLive = true;
    // What happened while it was opened was not told.
    this.#wakeAll();
  }

  #closeFeed(): void {
    this.#isLive = false;
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    this.#feed = undefined;
  }

  #wake(leaseKey: string): void {
    for (const listener of this.#byLease.get(leaseKey) ?? []) listener('woken');
  }

  #wakeAll(): void {
    for (const listeners of this.#byLease.values())
      for (const listener of listeners) listener('gone');
  }
}
