// Wakes those in this process who wait for a lease, as soon as it may be theirs.
import { clearTimeout, setTimeout } from 'node:timers';
import { nanoid } from 'nanoid';
import type { Engine } from '../../engine.js';
import { Keyspace } from '../../entries/keyspace.js';
import { GONE_PREFIX } from './owner.js';

/** `gone`: an owner has ended, or the feed may have missed it. */
type Call = 'woken' | 'gone';
type Sleeper = (call: Call) => void;

/** The feed stays open for so long after the last one has left: whoever waited once often waits again. */
const LINGER_MS = 5_000;

export class WaitingRoom {
  /** Names this store among all who wait. */
  readonly client = nanoid(16);
  readonly #prefix = `${Keyspace.own('wake').prefix}${this.client}:`;
  readonly #sleepers = new Map<string, Set<Sleeper>>();
  /** How many of them cannot do without the feed. */
  #listeners = 0;
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
   * Has `sleeper` called by what is known here anyway: what this process gives back, and the feed where it is open. To be
   * asked for before a place in the queue is: whoever gives the lease back may do so before the answer is here.
   *
   * @returns its unsubscribe.
   */
  hear(leaseKey: string, sleeper: Sleeper): () => void {
    const sleepers = this.#sleepers.get(leaseKey) ?? new Set();
    this.#sleepers.set(leaseKey, sleepers.add(sleeper));
    return () => {
      sleepers.delete(sleeper);
      if (sleepers.size > 0 || this.#sleepers.get(leaseKey) !== sleepers) return;
      this.#sleepers.delete(leaseKey);
    };
  }

  /** Keeps the feed open, too. @returns its end. */
  listen(engine: Engine): () => void {
    this.#listeners++;
    clearTimeout(this.#linger);
    if (!this.#feed) this.#open(engine);
    return () => {
      if (--this.#listeners > 0) return;
      this.#linger = setTimeout(() => this.#hush(), LINGER_MS).unref();
    };
  }

  /** @param ids of those who may have a lease now; those of other clients are none of ours. */
  wake(leaseKey: string, ids: readonly string[]): void {
    if (ids.some((id) => id.startsWith(`${this.client}.`))) this.#call(leaseKey);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#linger);
    this.#hush();
  }

  async #open(engine: Engine): Promise<void> {
    const feed = {};
    this.#feed = feed;
    const watches = await Promise.allSettled([
      engine.watch(this.#prefix, (changes) => {
        if (changes === 'reset') this.#callAll();
        else for (const key of changes) this.#call(key.slice(this.#prefix.length));
      }),
      engine.watch(GONE_PREFIX, () => this.#callAll()),
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
    this.#callAll();
  }

  #hush(): void {
    this.#isLive = false;
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    this.#feed = undefined;
  }

  #call(leaseKey: string): void {
    for (const sleeper of this.#sleepers.get(leaseKey) ?? []) sleeper('woken');
  }

  #callAll(): void {
    for (const sleepers of this.#sleepers.values()) for (const sleeper of sleepers) sleeper('gone');
  }
}
