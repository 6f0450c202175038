// What the store of the cluster holds now, for all pages that ask within a moment.
import { performance } from 'node:perf_hooks';
import { MusterError } from '@muster/codec/errors';
import { timeOfDay } from '@muster/codec/timers';
import type { LeaseLook, LeaseParty, LimitLook, Look } from '@muster/store/care';
import { resolveStoreTarget } from '@muster/store/cluster';
import { within } from '../../../process/deadline.js';
import { printable } from '../../../text/printable.js';
import type { PrimaryStore } from '../../locks/primary-store.js';
import { readQueues } from '../../locks/read-queues.js';
import type { LimitInfo, Listed, LockInfo, LockParty, StoreAnswer } from '../protocol.js';

/** Items of each list, and milliseconds: for the search of each, for its answer, and for which one answer serves all. */
const LIMITS = { most: 200, forMs: 500 };
const TIMEOUT_MS = 5_000;
const FRESH_MS = 2_000;
/** Characters of a name or an id. */
const MAX_NAME = 128;

export class StoreView {
  readonly #store: PrimaryStore;
  readonly #cluster: string;
  #answer: { readonly at: number; readonly of: Promise<StoreAnswer> } | undefined;

  /** @param cluster what the owners of its workers begin with */
  constructor(store: PrimaryStore, cluster: string) {
    this.#store = store;
    this.#cluster = cluster;
  }

  /** Never rejects. */
  look(): Promise<StoreAnswer> {
    const now = performance.now();
    if (!this.#answer || now - this.#answer.at > FRESH_MS) {
      this.#answer = { at: now, of: this.#look() };
    }
    return this.#answer.of;
  }

  async #look(): Promise<StoreAnswer> {
    const { engine } = resolveStoreTarget();
    const nothing = { at: timeOfDay(), engine, locks: EMPTY, limits: EMPTY, queues: EMPTY };
    if (engine === 'memory') {
      return {
        ...nothing,
        reason: 'A store in memory belongs to its process: nobody else can look into it.',
      };
    }
    try {
      const store = await this.#store.open();
      if (!store) return { ...nothing, reason: 'The cluster uses no store.' };
      const { inspectLimits, inspectLocks } = await loadCare();
      const [locks, limits, queues] = await Promise.all([
        listed(inspectLocks(store, LIMITS), (lock) => this.#lock(lock)),
        listed(inspectLimits(store, LIMITS), limitInfo),
        listed(this.#queues(), (queue) => queue),
      ]);
      return { ...nothing, locks, limits, queues };
    } catch (error) {
      return { ...nothing, reason: reasonFor(error) };
    }
  }

  async #queues() {
    const queues = (await readQueues(this.#store)) ?? [];
    return { items: queues.slice(0, LIMITS.most), more: queues.length > LIMITS.most };
  }

  #lock({ kind, name, holders, waiters, waiting }: LeaseLook): LockInfo {
    return {
      kind,
      name: printable(name, MAX_NAME),
      holders: holders.map((one) => ({
        ...this.#party(one),
        heldMs: one.heldMs,
        token: one.token,
      })),
      waiters: waiters.map((one) => this.#party(one)),
      waiting,
    };
  }

  #party({ owner, leftMs, takesAll }: LeaseParty): LockParty {
    const worker = workerOf(owner, this.#cluster);
    return { ...(worker && { worker }), leftMs, takesAll };
  }
}

/** Loaded early, before a deploy puts other files in its place. */
export function loadCare() {
  return import('@muster/store/care');
}

const EMPTY: Listed<never> = { items: [], more: false };

async function listed<Item, Shown>(
  look: Promise<Look<Item>>,
  show: (item: Item) => Shown,
): Promise<Listed<Shown>> {
  try {
    const late = () => new Error(`no answer in ${TIMEOUT_MS} ms`);
    const { items, more } = await within(TIMEOUT_MS, look, late);
    return { items: items.map(show), more };
  } catch (error) {
    return { ...EMPTY, reason: reasonFor(error) };
  }
}

function limitInfo({ name, id, taken, resetMs, blockedMs }: LimitLook): LimitInfo {
  return {
    name: printable(name, MAX_NAME),
    id: printable(id, MAX_NAME),
    taken,
    resetMs: Number.isFinite(resetMs) ? resetMs : null,
    ...(blockedMs > 0 && { blockedMs: Number.isFinite(blockedMs) ? blockedMs : null }),
  };
}

/** Owners of workers are `<cluster>.<slot>.<generation>`. */
export function workerOf(owner: string, cluster: string): LockParty['worker'] {
  const [, slot, generation] = owner.startsWith(`${cluster}.`)
    ? (/^\.(\d+)\.(\d+)$/.exec(owner.slice(cluster.length)) ?? [])
    : [];
  return slot === undefined ? undefined : { slot: Number(slot), generation: Number(generation) };
}

/** Errors of Muster's have no secrets in them. */
function reasonFor(error: unknown): string {
  return error instanceof MusterError ? error.message : 'The store gave no answer.';
}
