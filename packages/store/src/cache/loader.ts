// Loads a value alone among all processes, and keeps it.
import type { LoadContext } from '../contract/cache.js';
import type { Engine } from '../engine.js';
import { StoreError } from '../errors.js';
import { Lease } from '../leases/lease.js';
import type { Leases } from '../leases/leases.js';
import { lifetimeFor } from '../lifetime.js';
import { finishLoad } from '../procedures/finish-load.js';
import type { Values } from '../values.js';
import { formatEntry, type TagVersions, textFrom } from './entry.js';
import type { Landing } from './flight.js';
import { ends, type Freshness } from './freshness.js';
import type { Tags } from './tags.js';

/** What is loaded, and under which keys. */
export interface LoadTarget {
  /** As the caller knows it. */
  readonly key: string;
  readonly entryKey: string;
  readonly leaseKey: string;
  readonly tags: readonly string[];
  readonly freshness: Freshness;
}

interface Around {
  /** Aborted when nobody wants the value any more. */
  readonly signal?: AbortSignal;
  /** Default: as long as it takes. */
  readonly waitMs?: number;
  /** What another process has loaded meanwhile. */
  landed(): Promise<Landing | undefined>;
  /** The load begins, under that lease. */
  started?(loading: { readonly id: string; readonly tags: TagVersions }): void;
}

/** How long the others wait where a process that loads is gone without a word. While it is there, it extends. */
const LOAD_LEASE_MS = 5_000;

export class Loader {
  readonly #leases: Leases;
  readonly #values: Values;
  readonly #tags: Tags;

  constructor(leases: Leases, values: Values, tags: Tags) {
    this.#leases = leases;
    this.#values = values;
    this.#tags = tags;
  }

  /** @throws what `load` throws; the reason of the signal; LockTimeoutError after `waitMs`; StoreError */
  async load(
    engine: Engine,
    target: LoadTarget,
    load: (context: LoadContext) => unknown,
    around: Around,
  ): Promise<Landing> {
    const { signal, waitMs = Number.POSITIVE_INFINITY } = around;
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
      const held = await this.#leases.acquire(engine, request, around.landed);
      if (!(held instanceof Lease)) return held;
      try {
        // Between the look that missed and the lease, somebody may have loaded it.
        const landing = await around.landed();
        return landing ?? (await this.#run(engine, target, load, around, held));
      } catch (error) {
        // Another process has taken it over, and `load` was told to stop.
        if (held.isHeld || signal?.aborted || waitMs === 0) throw error;
      } finally {
        held.giveBack().catch(() => {});
      }
    }
  }

  async #run(
    engine: Engine,
    target: LoadTarget,
    load: (context: LoadContext) => unknown,
    { signal, started }: Around,
    lease: Lease,
  ): Promise<Landing> {
    const { key, freshness } = target;
    const keptMs = freshness.ttlMs + Math.max(freshness.staleMs, freshness.graceMs);
    const tags = await this.#tags.ensured(
      engine,
      target.tags,
      Math.max(keptMs, freshness.negativeTtlMs),
    );
    started?.({ id: lease.id, tags });
    const loading = signal ? AbortSignal.any([signal, lease.signal]) : lease.signal;
    const value = await unless(signal, (async () => load({ key, signal: loading }))());
    const text = textFrom(this.#values, key, value);
    const isFound = value !== undefined && value !== null;
    const until = ends(freshness, isFound, Date.now());
    if (until)
      await this.#keep(
        engine,
        target,
        lease,
        formatEntry({ ...until, tags, text }),
        isFound ? keptMs : freshness.negativeTtlMs,
      );
    return { text };
  }

  /** Who has loaded it gets it, whether it could be kept or not. */
  async #keep(
    engine: Engine,
    { entryKey, leaseKey }: LoadTarget,
    lease: Lease,
    text: string,
    keptMs: number,
  ): Promise<void> {
    const keys = [entryKey, leaseKey, this.#leases.room.wakeKey(leaseKey)];
    const input = { id: lease.id, text, lifetime: lifetimeFor('ttlMs', keptMs) };
    try {
      const { isKept, waiters } = await engine.run(finishLoad, keys, input);
      this.#leases.room.wake(leaseKey, waiters);
      if (isKept) lease.drop();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
}

/** As `work`, or rejects where `signal` is aborted before. */
async function unless<Output>(
  signal: AbortSignal | undefined,
  work: Promise<Output>,
): Promise<Output> {
  if (!signal) return work;
  let leave = (): void => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
