// The operations on a running cluster: reload, scale, replace.

import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import { reasonOf } from '@muster/codec/thrown';
import { sleep } from '@muster/codec/timers';
import * as check from '../checks/option-checks.js';
import type { ReloadOptions, ReloadResult } from '../cluster.js';
import { InvalidOptionError, WorkerStartError } from '../errors.js';
import type { ClusterStatus, WorkerInfo } from '../worker-status.js';
import type { Announcer } from './events/announcer.js';
import type { ResolvedOptions } from './options/options.js';
import type { ResolvedRole } from './options/role-options.js';
import { causeOf, LaunchFailure } from './process/launch-failure.js';
import { currentRelease, type Release, releaseOf } from './process/release.js';
import { Reload } from './reload/reload.js';
import { restartDelay } from './restart/restart-policy.js';
import type { Slot } from './slot/slot.js';
import type { SlotTable } from './slot/slot-table.js';
import { startBatches } from './start-batches.js';

/** The new number of workers of a role, given the current one. */
export type Resize = (has: number) => number;

export interface ScaleOptions {
  /** Why the load asks for it. New workers then run what the others run, and nobody waits for those that leave. */
  readonly reason?: string;
}

export class Operations {
  readonly #options: ResolvedOptions;
  readonly #table: SlotTable;
  readonly #announcer: Announcer;
  /** The reload in progress. */
  #reload: Reload | undefined;

  readonly #workerBytes: () => number | undefined;

  /** @param workerBytes memory of the largest worker in bytes, if known */
  constructor(
    options: ResolvedOptions,
    table: SlotTable,
    announcer: Announcer,
    workerBytes: () => number | undefined,
  ) {
    this.#options = options;
    this.#table = table;
    this.#announcer = announcer;
    this.#workerBytes = workerBytes;
  }

  /** The progress of the current reload. */
  get progress(): ClusterStatus['progress'] {
    return this.#reload && { done: this.#reload.replaced.length, total: this.#reload.total };
  }

  /** @throws WorkerStartError when the first one fails. The caller stops the others. */
  async start(signal: AbortSignal): Promise<void> {
    const { roles } = this.#options;
    const slots = roles.flatMap((role) => this.#add(role, role.workers));
    const failed = 'The cluster was not started';
    const ended = new Map<Slot, LaunchFailure>();
    const batches = startBatches(slots, this.#options.start);
    for (const batch of batches) await this.#bringUp(batch, { signal, failed, ended });
    // If every worker of a role ended, it was a script that is done. If others serve, a worker that ended has failed.
    for (const role of roles) {
      const finished = slots.filter((slot) => slot.role === role && ended.has(slot));
      const [first] = finished;
      if (first && finished.length < role.workers) throw startError(ended.get(first), failed);
      for (const slot of finished) slot.end();
    }
  }

  async reload(
    roles: readonly ResolvedRole[],
    { parallel, allowMissing = false }: ReloadOptions,
    signal: AbortSignal,
  ): Promise<ReloadResult> {
    const { log } = this.#announcer;
    const startedAt = performance.now();
    const policy = { ...this.#options.reload, ...(parallel === undefined ? {} : { parallel }) };
    // A job that has ended as it should does not run again.
    const slots = roles.map(
      (role) => [role, this.#table.of(role).filter(({ hasEnded }) => !hasEnded)] as const,
    );
    const workerBytes = this.#workerBytes;
    const reload = new Reload(slots, { ...policy, allowMissing, workerBytes }, signal);
    this.#reload = reload;
    this.#announcer.emit('reloadStart', { roles: roles.map(({ role }) => role) });
    const replaced = () =>
      reload.replaced.map(({ info }) => info).sort((one, other) => one.slot - other.slot);
    try {
      await reload.run();
      const result = { replaced: replaced(), durationMs: performance.now() - startedAt };
      this.#announcer.emit('reloadEnd', { replaced: result.replaced });
      const count = result.replaced.length;
      const durationMs = Math.round(result.durationMs);
      log.info(
        'reload.done',
        `${count} ${count === 1 ? 'worker was' : 'workers were'} replaced in ${durationMs} ms`,
        {
          count,
          durationMs,
        },
      );
      return result;
    } catch (error) {
      this.#announcer.emit('reloadEnd', { replaced: replaced(), error });
      log.error('reload.failed', reasonOf(error), { error });
      throw error;
    } finally {
      this.#reload = undefined;
    }
  }

  /** Adds slots before it removes others. */
  async scale(
    counts: ReadonlyMap<ResolvedRole, Resize>,
    signal: AbortSignal,
    { reason }: ScaleOptions = {},
  ): Promise<void> {
    // Before a slot is added, because making the release may fail.
    if (reason === undefined) for (const role of counts.keys()) releaseOf(role);
    const changes = [...counts].map(([role, resize]) => {
      const slots = this.#table.of(role);
      return { role, slots, to: resize(slots.length) };
    });
    const added = changes.flatMap(({ role, slots, to }) => {
      // A deploy begins with a reload, and not with a load.
      const release = reason === undefined ? undefined : releaseIn(slots);
      return this.#add(role, to - slots.length, release);
    });
    const failed = 'The cluster was not scaled';
    const ended = new Map<Slot, LaunchFailure>();
    try {
      await this.#bringUp(added, { signal, failed, ended });
      const [first] = ended.values();
      if (first) throw startError(first, failed);
    } catch (error) {
      await this.#remove(added);
      throw error;
    }
    const gone = this.#remove(changes.flatMap(({ slots, to }) => slots.slice(to)));
    if (reason === undefined) await gone;
    for (const { role, slots, to } of changes) {
      const why = reason === undefined ? '' : `: ${reason}`;
      const change = { role: role.role, from: slots.length, to, ...(why && { reason }) };
      if (change.from === to) continue;
      this.#announcer.emit('scaled', change);
      const message = `role ${change.role} was scaled from ${change.from} to ${to}${why}`;
      this.#announcer.log.info('cluster.scaled', message, change);
    }
  }

  /** @throws WorkerStartError */
  async restart(slot: number, signal: AbortSignal): Promise<WorkerInfo> {
    const found = this.#table.get(slot);
    if (!found) throw noSuchSlot(slot, this.#table);
    try {
      const { worker, predecessorGone } = await found.replace({ signal });
      await predecessorGone;
      return worker.info;
    } catch (error) {
      throw startError(error, `Slot ${slot} keeps what it had`);
    }
  }

  #add(role: ResolvedRole, count: number, release?: Release): Slot[] {
    return Array.from({ length: Math.max(0, count) }, () => this.#table.add(role, release));
  }

  /** Settles when their workers are gone. */
  async #remove(slots: readonly Slot[]): Promise<void> {
    for (const slot of slots) this.#table.retire(slot);
    await Promise.all(slots.map((slot) => slot.stop()));
    for (const slot of slots) {
      this.#table.remove(slot);
      slot.forget();
    }
  }

  async #bringUp(slots: readonly Slot[], { signal, failed, ended }: BringUpOptions): Promise<void> {
    // The first failure ends the attempts of the others, which might otherwise wait for their next one.
    const failure = new AbortController();
    const ends = AbortSignal.any([signal, failure.signal]);
    // Each waiting slot adds a listener.
    setMaxListeners(slots.length, ends);
    const each = async (slot: Slot) => {
      const end = await bringUp(slot, ends);
      if (end) ended.set(slot, end);
    };
    try {
      await Promise.all(slots.map(each));
    } catch (error) {
      failure.abort(error);
      throw startError(error, failed);
    }
  }
}

interface BringUpOptions {
  readonly signal: AbortSignal;
  /** What a failure means, for people. */
  readonly failed: string;
  /** Gets those whose workers exited with 0 before they were ready, although they are always to be replaced, and how. */
  readonly ended: Map<Slot, LaunchFailure>;
}

/** How often a first worker that is killed from outside is started again. */
const MAX_KILLS = 10;

/** A worker that is killed from outside is started again; one that exits by itself before it is ready would do so again. */
async function bringUp(slot: Slot, signal: AbortSignal): Promise<LaunchFailure | undefined> {
  for (let kills = 1; ; kills += 1) {
    signal.throwIfAborted();
    try {
      await slot.start();
      return undefined;
    } catch (error) {
      if (!(error instanceof LaunchFailure)) throw error;
      const { reason, signal: killed, exitCode } = error;
      if (reason !== 'exited') throw error;
      // A job may be done before it is ready.
      if (exitCode === 0) {
        if (slot.role.restart.type === 'permanent') return error;
        slot.end();
        return undefined;
      }
      // V8 aborted the process itself.
      const ranOut = error.exit?.outOfMemory === 'heap';
      if (killed === null || ranOut || kills >= MAX_KILLS) throw error;
    }
    const delayMs = restartDelay(kills, slot.role.restart, Math.random());
    await sleep(delayMs, { signal });
  }
}

/** What the workers of these slots run. */
function releaseIn(slots: readonly Slot[]): Release | undefined {
  const [worker] = slots.flatMap(({ processes }) => processes);
  const [slot] = slots;
  return worker && slot && currentRelease(worker.release, slot.role);
}

export function noSuchSlot(slot: number, table: SlotTable): InvalidOptionError {
  const slots = table.all().map((one) => one.slot);
  const which = slots.length > 0 ? `There are ${slots.join(', ')}.` : 'There is none yet.';
  return new InvalidOptionError(`There is no slot ${check.shown(slot)}. ${which}`);
}

export function startError(error: unknown, consequence: string): unknown {
  if (!(error instanceof LaunchFailure)) return error;
  return new WorkerStartError(`${consequence}: ${error.message}`, error, causeOf(error));
}
