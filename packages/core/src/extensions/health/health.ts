/**
 * Looks after workers that run but are unhealthy. Each part is one idea: what workers report (heartbeats.ts), the totals of
 * a slot (slot-totals.ts), workers that hang (hung-workers.ts), and workers over a limit (over-limit-workers.ts).
 */

import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import type { Complete } from '@muster/codec/options';
import { onHeartbeat, type ProcessTotals } from '../../channel/heartbeat.js';
import type { ForkSettings } from '../../cluster-extension.js';
import type { HealthOptions } from '../../cluster-options.js';
import type { WorkerExit, WorkerIdentity, WorkerVitals } from '../../worker-status.js';
import type { Extension, Supervision, WorkerHandle } from '../extension.js';
import { isExcused } from './excused.js';
import { Heartbeats } from './heartbeats.js';
import { HungWorkers } from './hung-workers.js';
import { type Intervals, intervalsOf } from './intervals.js';
import { OverLimitWorkers } from './over-limit-workers.js';
import { createReplace, type ReplacementCause } from './replacement.js';
import { newSilence, silenceAt } from './silence.js';
import { addProgress, type SlotTotals } from './slot-totals.js';
import { WorkerInspector } from './stack/worker-inspector.js';
import { keyOf, type WatchedWorker } from './watched-worker.js';

/** What health has to know about a role. */
export interface RoleHealth {
  readonly role: string;
  readonly health: Complete<HealthOptions>;
}

/** Milliseconds of silence, beyond the time of the next heartbeat, after which what a worker reported is no longer true. */
const STALE_MS = 5_000;

/** What a worker reported. `responses`: as `sparse` of channel/response-buckets.ts. */
export interface HeardWorker {
  readonly vitals: WorkerVitals;
  readonly responses: readonly number[];
}

const NO_LIMITS: Complete<HealthOptions> = { hungAfterMs: 0, maxRssBytes: 0, maxAgeMs: 0 };

export class Health implements Extension {
  readonly name = 'health';
  /** How many workers were replaced, and why. */
  readonly replaced: Record<ReplacementCause, number> = { hung: 0, memory: 0, age: 0 };
  readonly totals = new Map<number, SlotTotals>();
  readonly #limits: ReadonlyMap<string, Complete<HealthOptions>>;
  readonly #intervals: Intervals;
  readonly #heartbeats: Heartbeats;
  readonly #workers = new Map<string, WatchedWorker>();
  #overLimit: OverLimitWorkers | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `observe`: count calls of the store always, and not only while somebody asks for vitals. */
  constructor(roles: readonly RoleHealth[], { observe }: { observe: boolean }) {
    this.#limits = new Map(roles.map(({ role, health }) => [role, health]));
    this.#intervals = intervalsOf(roles.map(({ health }) => health));
    this.#heartbeats = new Heartbeats(this.#intervals, observe);
  }

  start(supervision: Supervision): void {
    const replace = createReplace(supervision, this.replaced);
    const hung = new HungWorkers(supervision.log, replace);
    const overLimit = new OverLimitWorkers(supervision.log, replace);
    const { everyMs } = this.#intervals;
    this.#overLimit = overLimit;
    this.#timer = setInterval(() => {
      const now = performance.now();
      const ready = [...this.#workers.values()].filter(({ handle }) => isReady(handle));
      for (const worker of ready) {
        worker.silence = isExcused(worker.handle.process)
          ? newSilence(now)
          : silenceAt(worker.silence, now, everyMs);
        hung.check(worker);
      }
      overLimit.check(ready);
    }, everyMs).unref();
  }

  /** Loaded here, and not when a worker hangs: by then other files may be in its place. */
  preload(): Promise<unknown> {
    return import('./stack/hung-report.js');
  }

  forkSettings(): ForkSettings {
    return {
      env: {
        MUSTER_HEARTBEAT_MS: String(this.#intervals.everyMs),
        MUSTER_IDLE_HEARTBEAT_MS: String(this.#intervals.idleEveryMs),
        // Set in any case: this primary may have been started by a worker, and inherited its environment.
        MUSTER_METRICS: '',
        MUSTER_STICKY: '',
      },
    };
  }

  workerForked(handle: WorkerHandle): void {
    const now = performance.now();
    const worker: WatchedWorker = {
      handle,
      limits: this.#limits.get(handle.role) ?? NO_LIMITS,
      forkedAt: now,
      afterMemory: handle.slot === this.#overLimit?.slotOverMemory,
      inspector: new WorkerInspector(handle.process, handle.opensInspectorInSecret),
      silence: newSilence(now),
      isHandled: false,
      observed: { store: false, closely: false },
    };
    this.#workers.set(keyOf(handle), worker);
    onHeartbeat(handle.process, (totals, heartbeat) => {
      if (heartbeat) this.#heartbeats.hear(worker, heartbeat);
      this.#count(worker, totals);
    });
  }

  /** From here on the worker may hang; `ready.timeoutMs` limits its start. */
  workerReady(handle: WorkerHandle): void {
    const worker = this.#workers.get(keyOf(handle));
    if (worker) worker.silence = newSilence(performance.now());
  }

  workerExited(exit: WorkerExit): void {
    this.#workers.delete(keyOf(exit));
  }

  vitals(worker: WorkerIdentity): WorkerVitals {
    return this.#heartbeats.vitals(this.#workers.get(keyOf(worker)));
  }

  /** What the worker reported last, without asking for more; `undefined` if it has nothing to tell, or should have by now. */
  heard(identity: WorkerIdentity): HeardWorker | undefined {
    const worker = this.#workers.get(keyOf(identity));
    const { heartbeat, vitals } = worker ?? {};
    if (!worker || !heartbeat || !vitals || worker.silence.silentMs > STALE_MS) return undefined;
    return { vitals, responses: heartbeat.responses ?? [] };
  }

  stopped(): void {
    clearInterval(this.#timer);
  }

  /** Adds what is new since its last report. The last report may arrive after the exit. */
  #count(worker: WatchedWorker, totals: ProcessTotals): void {
    addProgress(this.totals, worker.handle.slot, worker.totals, totals);
    worker.totals = totals;
  }
}

function isReady({ info }: WorkerHandle): boolean {
  return info.state === 'ready';
}
