// The watchers, and the tracking feeds that serve them: one for each master, as long as there is a watcher.
import { clearTimer, queueMicrotask, setTimer, type Timer } from '@muster/codec/timers';
import { PrefixIndex } from '../../entries/prefix-index.js';
import { StoreUnreachableError } from '../../errors.js';
import { redacted } from '../redacted.js';
import type { Topology } from '../topology/topology.js';
import { Expiries } from './expiries.js';
import { trackedPrefixes } from './tracked-prefixes.js';
import { type Changes, type OpenFeed, TrackingFeeds } from './tracking-feeds.js';

interface WatchParameters {
  readonly deadlineMs: number;
  readonly isExact: boolean;
  readonly isNear?: boolean;
}

interface Watcher {
  readonly prefix: string;
  readonly listener: (changes: Changes) => void;
  /** Whether an expiry is reported when it happens, instead of when Redis comes across it. */
  readonly isExact: boolean;
  /** Whether the loss of a connection that carries calls is a gap. */
  readonly isNear: boolean;
  /** Called when its feed is live; `undefined` afterwards. */
  ready: (() => void) | undefined;
}

export class Watching {
  readonly #topology: Topology;
  readonly #openFeed: OpenFeed;
  readonly #watchers = new Set<Watcher>();
  readonly #index = new PrefixIndex<Watcher>();
  /** Serves the watchers. */
  #current: TrackingFeeds | undefined;
  /** Tracks more than `#current`, and takes its place once it is live. */
  #next: TrackingFeeds | undefined;
  #expiries: Expiries | undefined;
  #unlisten: (() => void) | undefined;
  #version = 0;
  #isArranging = false;

  constructor(topology: Topology, openFeed: OpenFeed) {
    this.#topology = topology;
    this.#openFeed = openFeed;
  }

  async watch(
    prefix: string,
    listener: (changes: Changes) => void,
    { deadlineMs, isExact, isNear = false }: WatchParameters,
  ): Promise<() => void> {
    const watcher: Watcher = { prefix, listener, isExact, isNear, ready: undefined };
    let timer: Timer | undefined;
    const live = new Promise<void>((resolve, reject) => {
      watcher.ready = resolve;
      timer = setTimer(() => reject(this.#late(prefix, deadlineMs)), deadlineMs);
      if (isNear) timer.unref();
    });
    this.#watchers.add(watcher);
    this.#index.add(watcher);
    this.#begin();
    try {
      await live;
    } catch (error) {
      this.#end(watcher);
      throw error;
    } finally {
      clearTimer(timer);
    }
    if (isExact) {
      this.#seekExpiries().ask(prefix);
    }
    return () => this.#end(watcher);
  }

  /**
   * Resolves with `true` once all changes before the call, on every master, have been reported; with `false` if that is not known.
   */
  async confirm(): Promise<boolean> {
    const set = this.#current;
    if (!set) return false;
    const confirmed = await Promise.all([this.#topology.refresh(), set.confirm()]);
    return confirmed.every(Boolean) && set === this.#current;
  }

  close(): void {
    this.#watchers.clear();
    this.#index.clear();
    this.#stop();
  }

  #begin(): void {
    if (!this.#unlisten) {
      this.#version = this.#topology.version;
      this.#unlisten = this.#topology.listen({
        changed: () => this.#follow(),
        lost: () => this.#lost(),
        retired: () => this.#follow(),
        health() {},
      });
      this.#topology.connect();
    }
    this.#arrangeSoon();
  }

  /** Looks for the expiries of all keys that exact watchers watch. */
  #seekExpiries(): Expiries {
    this.#expiries ??= new Expiries(
      this.#topology,
      (name) => this.#isExact(name),
      () => trackedPrefixes(this.#exact().map(({ prefix }) => prefix)),
    );
    this.#expiries.seek();
    return this.#expiries;
  }

  #exact(): Watcher[] {
    return [...this.#watchers].filter(({ isExact }) => isExact);
  }

  #isExact(name: string): boolean {
    for (const { isExact } of this.#index.of(name)) if (isExact) return true;
    return false;
  }

  #end(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    this.#index.delete(watcher);
    if (this.#watchers.size === 0) this.#stop();
  }

  #stop(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#expiries?.close();
    this.#expiries = undefined;
    this.#current?.close();
    this.#next?.close();
    this.#current = undefined;
    this.#next = undefined;
  }

  /** One feed serves all watchers that begin in the same turn of the event loop. */
  #arrangeSoon(): void {
    if (this.#isArranging) return;
    this.#isArranging = true;
    // A promise instead of queueMicrotask, which a test may have faked.
    void Promise.resolve().then(() => {
      this.#isArranging = false;
      if (this.#unlisten) this.#arrange();
    });
  }

  /** Makes sure that every watcher's prefix is tracked, or will be soon. */
  #arrange(): void {
    const waiting = [...this.#watchers].filter(({ ready }) => ready);
    if (this.#current?.isLive) {
      for (const watcher of waiting) if (this.#current.covers(watcher.prefix)) settle(watcher);
    }
    const uncovered = waiting.filter(
      ({ ready, prefix }) => ready && !this.#current?.covers(prefix),
    );
    if (uncovered.length === 0 || this.#next) return;
    // This drops prefixes that nobody watches any more.
    const prefixes = trackedPrefixes([...this.#watchers].map(({ prefix }) => prefix));
    const next = new TrackingFeeds(prefixes, this.#openFeed, {
      live: () => this.#live(next),
      changed: (changes) => this.#tell(changes),
    });
    if (this.#current) this.#next = next;
    else this.#current = next;
    next.follow(this.#topology.masters());
  }

  /** All feeds of the set are live. */
  #live(set: TrackingFeeds): void {
    if (set === this.#next) {
      // The new set reports all changes from now on; the old one may have reported some of them too.
      this.#current?.close();
      this.#current = set;
      this.#next = undefined;
    }
    this.#arrange();
  }

  /** A watched key may have another master, and may have had it for a while. */
  #follow(): void {
    const masters = this.#topology.masters();
    const isMoved = this.#topology.version !== this.#version;
    this.#version = this.#topology.version;
    for (const set of [this.#current, this.#next]) {
      set?.follow(masters);
      if (isMoved) set?.resetWhenLive();
    }
  }

  #lost(): void {
    if (![...this.#watchers].some(({ isNear }) => isNear)) return;
    this.#current?.renew();
    this.#next?.renew();
  }

  #tell(changes: Changes): void {
    if (changes !== 'reset') {
      this.#tellNames(changes);
      return;
    }
    if (this.#exact().length > 0) this.#seekExpiries();
    for (const { listener, ready } of this.#watchers) if (!ready) call(listener, 'reset');
  }

  #tellNames(names: readonly string[]): void {
    const told = new Map<Watcher, string[]>();
    for (const name of names) {
      for (const watcher of this.#index.of(name)) {
        // A watcher that is still waiting does not know yet that its feed is live.
        if (watcher.ready) continue;
        if (watcher.isExact) this.#expiries?.ask(name);
        const its = told.get(watcher);
        if (its) its.push(name);
        else told.set(watcher, [name]);
      }
    }
    // A listener may end other watches.
    for (const [watcher, its] of told) if (this.#watchers.has(watcher)) call(watcher.listener, its);
  }

  #late(prefix: string, deadlineMs: number): StoreUnreachableError {
    const cause = redacted((this.#next ?? this.#current)?.lastError ?? this.#topology.lastError);
    const reason = cause ? `: ${cause.message}` : '';
    return new StoreUnreachableError(
      `The changes of ${JSON.stringify(prefix)} could not be watched within ${deadlineMs} ms${reason}`,
      undefined,
      { cause },
    );
  }
}

function settle(watcher: Watcher): void {
  watcher.ready?.();
  watcher.ready = undefined;
}

/** An error of a listener is an uncaught exception of the app, and stops neither other listeners nor the feed. */
function call(listener: (changes: Changes) => void, changes: Changes): void {
  try {
    listener(changes);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
