// Loads a value once across all processes, and caches it.

import type { CloseSignal } from '../api/close-signal.js';
import type { Engine } from '../engine.js';
import { lifetimeFor } from '../entries/lifetime.js';
import type { ValueCodec } from '../entries/value-codec.js';
import { LoadTimeoutError } from '../errors.js';
import { Lease } from '../locks/leases/lease.js';
import type { Leases } from '../locks/leases/leases.js';
import { isStoreRejection } from '../rejection.js';
import type { StoreContext } from '../store-context.js';
import { formatEntry, NO_TAGS, type TagVersions, textFrom } from './entry.js';
import { finishLoad } from './finish-load.js';
import { expiryTimes, type Freshness, retentionMs } from './freshness.js';
import { isOutage, unlessOutage } from './outage.js';
import { putValue } from './put-value.js';
import { type Load, runLoad } from './run-load.js';
import type { LoadedText } from './single-flight.js';
import type { Tags } from './tags.js';

/** The value to load, and the keys of its entries. */
export interface LoadTarget {
  /** The key as the caller gave it. */
  readonly key: string;
  readonly entryKey: string;
  readonly leaseKey: string;
  readonly tags: readonly string[];
  readonly freshness: Freshness;
}

interface LoadOptions {
  /** Aborted when no call wants the value any more. */
  readonly signal?: AbortSignal;
  /** How long to wait for a load of another process. Default: no limit. With 0, a failing store is an error. */
  readonly waitMs?: number;
  /** For the load itself. */
  readonly timeoutMs: number;
  /** The value, if another process has loaded it meanwhile. */
  findLoaded(): Promise<LoadedText | undefined>;
  /** Called when the load begins, with its lease. */
  started?(loading: { readonly id: string; readonly tags: TagVersions }): void;
}

/** The parts of the store that a loader needs. */
type LoaderContext = Pick<StoreContext, 'leases' | 'codec' | 'closeSignal'>;

/** How long the others wait if a loading process disappears. While it lives, it extends the lease. */
const LOAD_LEASE_MS = 5_000;

export class Loader {
  readonly #leases: Leases;
  readonly #codec: ValueCodec;
  readonly #tags: Tags;
  readonly #closeSignal: CloseSignal;

  constructor({ leases, codec, closeSignal }: LoaderContext, tags: Tags) {
    this.#leases = leases;
    this.#codec = codec;
    this.#tags = tags;
    this.#closeSignal = closeSignal;
  }

  /**
   * If the store fails, each process loads the value for itself, and does not cache it.
   *
   * @param engine `undefined`: the store failed before.
   * @throws what `load` throws; the reason of the signal; LockTimeoutError after `waitMs`; LoadTimeoutError; StoreError
   */
  async load(
    engine: Engine | undefined,
    target: LoadTarget,
    load: Load,
    options: LoadOptions,
  ): Promise<LoadedText> {
    if (!engine) return this.#loadUncached(target, load, options);
    const { signal, waitMs = Number.POSITIVE_INFINITY } = options;
    const request = {
      key: target.leaseKey,
      name: target.key,
      permits: 1,
      leaseMs: LOAD_LEASE_MS,
      retainMs: 0,
      waitMs,
      signal,
    };
    for (;;) {
      let held: Lease | LoadedText;
      try {
        held = await this.#leases.acquire(engine, request, options.findLoaded);
      } catch (error) {
        if (waitMs === 0 || !isOutage(error)) throw error;
        return this.#loadUncached(target, load, options);
      }
      if (!(held instanceof Lease)) return held;
      try {
        // Another process may have loaded it between the lookup and the lease.
        const loaded = await unlessOutage(options.findLoaded());
        return loaded ?? (await this.#run(engine, target, load, options, held));
      } catch (error) {
        if (held.isHeld || signal?.aborted || waitMs === 0) throw error;
        if (error instanceof LoadTimeoutError) throw error;
        // Another process has taken over, and the signal of `load` was aborted.
      } finally {
        held.giveBack().catch(() => {});
      }
    }
  }

  /** Caches a value without a load, or removes the cached one if the value is not to be cached. @throws StoreError */
  async put(engine: Engine, target: LoadTarget, text: string, isFound: boolean): Promise<void> {
    const { entryKey, leaseKey, freshness } = target;
    const keptMs = isFound ? retentionMs(freshness) : freshness.negativeTtlMs;
    const until = expiryTimes(freshness, isFound, engine.now());
    const tags = until ? await this.#tags.ensured(engine, target.tags, keptMs) : NO_TAGS;
    const entry = until
      ? { text: formatEntry({ ...until, tags, text }), lifetime: lifetimeFor('ttlMs', keptMs) }
      : undefined;
    const keys = [entryKey, leaseKey, this.#leases.wakeUps.wakeKey(leaseKey)];
    const input = { id: `${this.#leases.wakeUps.client}.0`, entry };
    this.#leases.wakeUps.wake(leaseKey, await engine.run(putValue, keys, input));
  }

  async #loadUncached(
    { key }: LoadTarget,
    load: Load,
    { signal, timeoutMs }: LoadOptions,
  ): Promise<LoadedText> {
    const value = await runLoad(load, key, {
      signal,
      lost: undefined,
      timeoutMs,
      closeSignal: this.#closeSignal,
    });
    return { text: textFrom(this.#codec, key, value) };
  }

  async #run(
    engine: Engine,
    target: LoadTarget,
    load: Load,
    { signal, timeoutMs, started }: LoadOptions,
    lease: Lease,
  ): Promise<LoadedText> {
    const { key, freshness } = target;
    const keptMs = retentionMs(freshness);
    const forMs = Math.max(keptMs, freshness.negativeTtlMs);
    const tags = await unlessOutage(this.#tags.ensured(engine, target.tags, forMs));
    if (tags) started?.({ id: lease.id, tags });
    const value = await runLoad(load, key, {
      signal,
      lost: lease.signal,
      timeoutMs,
      closeSignal: this.#closeSignal,
    });
    const text = textFrom(this.#codec, key, value);
    const isFound = value !== undefined && value !== null;
    const until = expiryTimes(freshness, isFound, engine.now());
    if (until && tags)
      await this.#keep(
        engine,
        target,
        lease,
        formatEntry({ ...until, tags, text }),
        isFound ? keptMs : freshness.negativeTtlMs,
      );
    return { text };
  }

  /** The caller of the load gets its value, whether it could be cached or not. */
  async #keep(
    engine: Engine,
    { entryKey, leaseKey }: LoadTarget,
    lease: Lease,
    text: string,
    keptMs: number,
  ): Promise<void> {
    const keys = [entryKey, leaseKey, this.#leases.wakeUps.wakeKey(leaseKey)];
    const input = { id: lease.id, text, lifetime: lifetimeFor('ttlMs', keptMs) };
    try {
      const { isKept, waiters } = await engine.run(finishLoad, keys, input);
      this.#leases.wakeUps.wake(leaseKey, waiters);
      if (isKept) lease.drop();
    } catch (error) {
      if (!isStoreRejection(error)) throw error;
    }
  }
}
