/**
 * Looks at the cluster once a second. It keeps what it saw, and tells the pages: a sample each second, and the status when something
 * in it has changed. While nobody looks, workers measure and report as they would without a console.
 */
import { performance } from 'node:perf_hooks';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { timeOfDay } from '@muster/codec/timers';
import type { ClusterStatus } from '../../../worker-status.js';
import type { Supervision } from '../../extension.js';
import type { Health, HeardWorker } from '../../health/health.js';
import type { Streams } from '../http/streams.js';
import type { QueueDepth, Sample } from '../protocol.js';
import { Histories, type SlotValues } from './histories.js';
import { PrimaryUsage } from './primary-usage.js';
import { rounded } from './ring.js';
import { STEP_MS } from './series-history.js';
import { clusterValues, valuesOf } from './values.js';

/** Milliseconds: from a change to its status, and between two statuses of a cluster in which nothing changes. */
const SOON_MS = 100;
const STATUS_EVERY_MS = 5_000;
const QUEUES_EVERY_MS = 5_000;

export interface MonitorSources {
  readonly supervision: Supervision;
  readonly health: Pick<Health, 'heard'>;
  readonly streams: Streams;
  machineLagMs(): number | undefined;
  /** Rejects if the store does not answer. */
  queues(): Promise<readonly QueueDepth[]>;
}

export class Monitor {
  readonly histories = new Histories();
  readonly #sources: MonitorSources;
  readonly #usage = new PrimaryUsage();
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #slots: readonly number[] = [];
  #told = '';
  #toldAt = 0;
  #queuesAt = Number.NEGATIVE_INFINITY;
  #queues: readonly QueueDepth[] | undefined;

  constructor(sources: MonitorSources) {
    this.#sources = sources;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), STEP_MS).unref();
  }

  /** Something has changed: pages hear of it soon, together with what changes until then. */
  changed(): void {
    if (this.#sources.streams.size === 0) return;
    this.#soon ??= setTimeout(
      () => this.#tellStatus(this.#sources.supervision.cluster.status()),
      SOON_MS,
    ).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
  }

  #look(): void {
    const { supervision, streams, machineLagMs } = this.#sources;
    const isWatched = streams.size > 0;
    // Asking for the status makes the workers measure closely.
    const status = isWatched ? supervision.cluster.status() : undefined;
    const [slots, heard] = this.#heard(status);
    const own = { machineLagMs: machineLagMs(), ...this.#usage.take() };
    const cluster = clusterValues(heard, own);
    const at = timeOfDay();
    this.histories.push(performance.now(), at, cluster, slots);
    if (!status) return;
    const states = statesOf(status);
    const rows = slots.flatMap(({ slot, values }): Sample['slots'] => {
      const state = states.get(slot);
      return state ? [[slot, state.generation, state.state, ...short(values)]] : [];
    });
    this.#readQueues();
    const queues = this.#queues && { queues: this.#queues };
    this.#queues = undefined;
    streams.send('sample', { at, slots: rows, cluster: short(cluster), ...queues });
    this.#tellStatus(status, STATUS_EVERY_MS);
  }

  /** The values of each slot, and what all workers have reported. */
  #heard(status: ClusterStatus | undefined): [SlotValues[], HeardWorker[]] {
    const { supervision, health } = this.#sources;
    const bySlot = new Map<number, HeardWorker[]>(this.#slotsOf(status).map((slot) => [slot, []]));
    const all: HeardWorker[] = [];
    for (const handle of supervision.handles()) {
      const heard = health.heard(handle);
      const found = bySlot.get(handle.slot) ?? [];
      bySlot.set(handle.slot, found);
      if (!heard) continue;
      found.push(heard);
      all.push(heard);
    }
    this.#slots = [...bySlot.keys()];
    return [[...bySlot].map(([slot, heard]) => ({ slot, values: valuesOf(heard) })), all];
  }

  /** Those without a process as well. While nobody looks, a slot that is gone stays until it is known. */
  #slotsOf(status: ClusterStatus | undefined): readonly number[] {
    return status ? [...new Set(status.workers.map(({ slot }) => slot))] : this.#slots;
  }

  #tellStatus(status: ClusterStatus, everyMs = 0): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    const now = performance.now();
    const seen = signature(status);
    if (seen === this.#told && !(everyMs > 0 && now - this.#toldAt >= everyMs)) return;
    this.#told = seen;
    this.#toldAt = now;
    this.#sources.streams.send('status', status);
  }

  /** For the next sample. */
  #readQueues(): void {
    const now = performance.now();
    if (now - this.#queuesAt < QUEUES_EVERY_MS) return;
    this.#queuesAt = now;
    this.#sources.queues().then(
      (queues) => {
        this.#queues = queues;
      },
      // The store view says why.
      () => {},
    );
  }
}

/** Of the newest process of each slot. */
function statesOf({ workers }: ClusterStatus) {
  return new Map(workers.map(({ slot, generation, state }) => [slot, { generation, state }]));
}

function short(values: readonly (number | null)[]) {
  return values.map((value) => (value === null ? null : rounded(value)));
}

/** What a status says, without what is measured. */
function signature({ uptimeMs: _, workers, machines, ...status }: ClusterStatus): string {
  return JSON.stringify([
    status,
    workers.map(({ slot, generation, state, pid, crashes, addresses }) => [
      ...[slot, generation, state, pid, crashes],
      addresses,
    ]),
    machines && [machines.link.up, machines.machines.map(({ name, epoch }) => [name, epoch])],
  ]);
}
