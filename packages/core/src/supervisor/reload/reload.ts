// A reload in progress: follows the plan, watches the new workers, and goes back if one fails.

import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { freemem } from 'node:os';
import { performance } from 'node:perf_hooks';
import { sleep } from '@muster/codec/timers';
import { ReloadFailedError } from '../../errors.js';
import { unlessAborted } from '../../process/deadline.js';
import type { ResolvedRole } from '../options/role-options.js';
import { causeOf, LaunchFailure } from '../process/launch-failure.js';
import { type Release, releaseOf } from '../process/release.js';
import type { WorkerProcess } from '../process/worker-process.js';
import type { Slot } from '../slot/slot.js';
import { rejectOnEarlyExit } from './early-exit.js';
import { mayOverlap, planReload, planRollback, quarterOf, type Replaced } from './reload-plan.js';

/** Advice for users who give up an address on purpose. */
const MEANT =
  ' Where that is meant: `muster reload --allow-missing`, or reload({ allowMissing: true }).';

interface ReplacedSlot extends Replaced {
  readonly before: Release;
  readonly worker: WorkerProcess;
}

interface ReloadPolicy {
  readonly watchMs: number;
  readonly parallel: number | undefined;
  readonly allowMissing: boolean;
  /** Memory of the largest worker in bytes, if known. */
  workerBytes(): number | undefined;
}

/** Reloads one role after the other. `roles` has the slots of each role. */
export class Reload {
  readonly #policy: ReloadPolicy;
  readonly #roles: readonly (readonly [ResolvedRole, readonly Slot[]])[];
  readonly #slots: ReadonlyMap<number, Slot>;
  readonly #replaced: ReplacedSlot[] = [];
  /** Each settles when a draining predecessor is gone. */
  readonly #leaving = new Set<Promise<unknown>>();
  /** Aborted with the first failure. */
  readonly #failed = new AbortController();
  readonly #ends: AbortSignal;

  constructor(
    roles: readonly (readonly [ResolvedRole, readonly Slot[]])[],
    policy: ReloadPolicy,
    signal: AbortSignal,
  ) {
    this.#roles = roles;
    this.#policy = policy;
    this.#slots = new Map(roles.flatMap(([, slots]) => slots.map((slot) => [slot.slot, slot])));
    this.#ends = AbortSignal.any([signal, this.#failed.signal]);
    // Each slot of a batch adds a listener.
    setMaxListeners(0, this.#ends);
  }

  /** How many workers are to be replaced. */
  get total(): number {
    return this.#slots.size;
  }

  get replaced(): readonly WorkerProcess[] {
    return this.#replaced.map(({ worker }) => worker);
  }

  /**
   * @throws ReloadFailedError
   * @throws EnvironmentError; nothing was replaced
   * @throws the reason of the signal; workers that were replaced by then stay
   */
  async run(): Promise<void> {
    try {
      // All of them first: if one cannot be made, nothing is replaced.
      const releases = this.#roles.map(([role, slots]) => [releaseOf(role), slots] as const);
      for (const [release, slots] of releases) await this.#reloadRole(release, slots);
      const gone = unlessAborted(Promise.all(this.#leaving), this.#ends);
      await Promise.all([this.#watchLast(), gone]);
      this.#ends.throwIfAborted();
    } catch (error) {
      const reason = this.#ends.aborted ? this.#ends.reason : error;
      if (reason instanceof LaunchFailure) throw await this.#abort(reason);
      throw reason;
    }
  }

  async #reloadRole(release: Release, slots: readonly Slot[]): Promise<void> {
    const { parallel = quarterOf(slots.length), watchMs } = this.#policy;
    for (const [index, batch] of planReload(slots, parallel).entries()) {
      const isCanary = index === 0;
      await this.#untilThereIsRoomFor(batch.length);
      await Promise.allSettled(
        batch.map((slot) => this.#replace(slot, release, isCanary ? watchMs : 0)),
      );
      this.#ends.throwIfAborted();
    }
  }

  async #replace(slot: Slot, release: Release, watchMs: number): Promise<void> {
    const signal = this.#ends;
    const { allowMissing } = this.#policy;
    const options = { release, watchMs, allowMissing, signal };
    try {
      const { worker, before, predecessorGone } = await slot.replace(options);
      this.#replaced.push({ slot: slot.slot, before, now: release, worker });
      rejectOnEarlyExit(worker, this.#policy.watchMs).catch((failure) =>
        this.#failed.abort(failure),
      );
      const gone = predecessorGone.finally(() => this.#leaving.delete(gone));
      this.#leaving.add(gone);
    } catch (failure) {
      this.#failed.abort(failure);
    }
  }

  /** Drains overlap with the next batch, as far as memory allows. */
  async #untilThereIsRoomFor(count: number): Promise<void> {
    const { workerBytes } = this.#policy;
    while (!mayOverlap(this.#leaving.size, count, workerBytes(), availableMemory())) {
      await unlessAborted(Promise.race(this.#leaving), this.#ends);
    }
  }

  /** The last workers have been ready for a shorter time than the others. */
  async #watchLast(): Promise<void> {
    const readyAt = this.#replaced.map(({ worker }) => worker.readyAt ?? 0);
    if (readyAt.length === 0) return;
    const rest = Math.max(...readyAt) + this.#policy.watchMs - performance.now();
    if (rest > 0) await sleep(rest, { signal: this.#ends });
    this.#ends.throwIfAborted();
  }

  async #abort(failure: LaunchFailure): Promise<ReloadFailedError> {
    const { back, keep } = planRollback(this.#replaced, existsSync);
    const kept = keep.map(({ slot }) => slot);
    const rolledBack: number[] = [];
    const gone: Promise<unknown>[] = [];
    for (const { slot, before } of back) {
      const done = await this.#slots
        .get(slot)
        // The new code may have had more addresses than the old.
        ?.replace({ release: before, allowMissing: true })
        .catch(() => undefined);
      if (done) gone.push(done.predecessorGone);
      (done ? rolledBack : kept).push(slot);
    }
    // Until then, the bad code may still get a connection.
    await Promise.all([...gone, ...this.#leaving]);
    const went = rolledBack.length > 0 ? ` Back on the old code: ${rolledBack.join(', ')}.` : '';
    const stay = kept.length > 0 ? ` On the new code already: ${kept.join(', ')}.` : '';
    const meant = failure.reason === 'missing-address' ? MEANT : '';
    return new ReloadFailedError(
      `The reload was aborted, and no slot has stopped serving.${went}${stay} Why: ${failure.message}${meant}`,
      failure,
      { kept, rolledBack },
      causeOf(failure),
    );
  }
}

/** Available bytes; those of the container if it has a limit. */
function availableMemory(): number {
  const { availableMemory: available } = process as { availableMemory?(): number };
  return available?.() ?? freemem();
}
