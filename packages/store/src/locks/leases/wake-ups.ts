// Wakes the calls of this process that wait for a lease, as soon as they may get it.
import { clearTimeout, setTimeout } from 'node:timers';
import { nanoid } from 'nanoid';
import type { Engine } from '../../engine.js';
import { Keyspace } from '../../entries/keyspace.js';
import { GONE_PREFIX } from './owner.js';

/** `gone`: an owner has ended, or the feed may have missed that one has. */
type WakeUp = 'woken' | 'gone';
type WakeListener = (wakeUp: WakeUp) => void;

/** The feed stays open for this long after the last call has left: a process that waited once often waits again. */
const LINGER_MS = 5_000;

export class WakeUps {
  /** The name of this store among all waiting stores. */
  readonly client = nanoid(16);
  readonly #prefix = `${Keyspace.own('wake').prefix}${this.client}:`;
  readonly #byLease = new Map<string, Set<WakeListener>>();
  /** How many calls need the feed to stay open. */
  #feedUsers = 0;
  /** Identifies the feed that is open or being opened. */
  #feed: object | undefined;
  #unwatch: (() => void)[] = [];
  #isLive = false;
  #linger: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** The key by which others wake this client for that lease. It ends like the key of the lease, hash tag included. */
  wakeKey(leaseKey: string): string {
    return this.#prefix + leaseKey;
  }

  /** Whether wake-ups arrive. If not, callers should poll more often. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /**
   * Calls `listener` when this process releases the lease, and for wake-ups of the feed if it is open. Subscribe before asking for a
   * place in the queue: the holder may release the lease before the answer arrives.
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

  /** Keeps the feed open. @returns a function that ends this. */
  keepFeedOpen(engine: Engine): () => void {
    this.#feedUsers++;
    clearTimeout(this.#linger);
    if (!this.#feed) this.#open(engine);
    return () => {
      if (--this.#feedUsers > 0) return;
      this.#linger = setTimeout(() => this.#closeFeed(), LINGER_MS).unref();
    };
  }

  /** @param ids of the calls that may get the lease now; those of other clients are ignored. */
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
    // Events during the opening were not reported.
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
