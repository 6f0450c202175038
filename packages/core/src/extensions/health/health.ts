// Looks after workers that run but are unhealthy: hung, too big, too old. Each is replaced, replacement first.

import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval, setTimeout } from 'node:timers';
import { isDeepStrictEqual } from 'node:util';
import { reasonOf } from '@muster/codec/thrown';
import { timeOfDay } from '@muster/codec/timers';
import {
  type Heartbeat,
  onHeartbeat,
  type ProcessTotals,
  sendHealth,
} from '../../channel/heartbeat.js';
import type { HealthOptions } from '../../cluster-options.js';
import type { WorkerExit, WorkerIdentity, WorkerVitals } from '../../worker-status.js';
import type {
  Extension,
  ForkSettings,
  ReplaceOptions,
  Supervision,
  WorkerHandle,
} from '../extension.js';
import { type Candidate, nextOutworn } from './limits.js';
import { heard, look, type Silence } from './silence.js';
import { addNews, type SlotTotals } from './slot-totals.js';
import type { Findings } from './stack/hung-worker.js';
import { WorkerInspector } from './stack/worker-inspector.js';
import { vitalsOf } from './vitals.js';

/** Milliseconds between heartbeats, and between looks at them, where no limit asks for more. */
const EVERY_MS = 1_000;
const LEAST_EVERY_MS = 50;
/** The same of a worker that does nothing, and of one whose memory is limited: it may begin to grow at any moment. */
const IDLE_EVERY_MS = 20_000;
const LIMITED_EVERY_MS = 2_000;
/** Milliseconds for which workers are looked at closely after somebody asked for vitals: Prometheus asks each minute. */
const OBSERVED_MS = 65_000;
/** Milliseconds until a worker whose successor failed is to be replaced again. */
const RETRY_MS = 30_000;

/** What health has to know of a role. */
export interface RoleHealth {
  readonly role: string;
  readonly health: Required<HealthOptions>;
}

interface Patient {
  readonly handle: WorkerHandle;
  /** On the clock of `performance.now()`: that of the day may be set. */
  readonly forkedAt: number;
  /** Whether it was forked to replace one that was too big. */
  readonly afterMemory: boolean;
  readonly inspector: WorkerInspector;
  silence: Silence;
  beat?: Heartbeat;
  /** What it did so far, as it said last. */
  told?: ProcessTotals;
  vitals?: WorkerVitals;
  /** Whether it is dealt with at the moment, or was a moment ago, in vain. */
  treated: boolean;
  /** Whether it was told to count calls of the store, and to look closely. */
  observed: { readonly store: boolean; readonly closely: boolean };
}

export type Cause = 'hung' | 'memory' | 'age';

export class Health implements Extension {
  readonly name = 'health';
  /** How many workers were replaced, and why. */
  readonly replaced: Record<Cause, number> = { hung: 0, memory: 0, age: 0 };
  readonly totals = new Map<number, SlotTotals>();
  readonly #roles: ReadonlyMap<string, RoleHealth>;
  readonly #everyMs: number;
  readonly #idleEveryMs: number;
  readonly #patients = new Map<string, Patient>();
  readonly #alwaysObserve: boolean;
  #observedUntil = 0;
  #replacing = false;
  /** The slot whose worker is replaced for its memory at the moment. */
  #outgrown: number | undefined;
  #supervision!: Supervision;
  #timer: NodeJS.Timeout | undefined;

  /** `observe`: whether calls of the store are always counted; else while somebody asks for vitals. */
  constructor(roles: readonly RoleHealth[], { observe }: { observe: boolean }) {
    this.#roles = new Map(roles.map((role) => [role.role, role]));
    this.#alwaysObserve = observe;
    const limits = roles.map(({ health }) => health.hungAfterMs).filter((ms) => ms > 0);
    this.#everyMs = Math.max(LEAST_EVERY_MS, Math.min(EVERY_MS, ...limits.map((ms) => ms / 5)));
    this.#idleEveryMs = Math.max(
      this.#everyMs,
      Math.min(
        roles.some(({ health }) => health.maxRssBytes > 0) ? LIMITED_EVERY_MS : IDLE_EVERY_MS,
        ...limits.map((ms) => (2 * ms) / 3),
      ),
    );
  }

  start(supervision: Supervision): void {
    this.#supervision = supervision;
    this.#timer = setInterval(() => this.#look(), this.#everyMs).unref();
  }

  /** Here, and not when a worker is hung: by then other files may be in its place. */
  later(): Promise<unknown> {
    return import('./stack/hung-worker.js');
  }

  forkSettings(): ForkSettings {
    return {
      env: {
        MUSTER_HEARTBEAT_MS: String(this.#everyMs),
        MUSTER_IDLE_HEARTBEAT_MS: String(this.#idleEveryMs),
        // Said in any case: this primary may have been started by a worker, and inherit its environment.
        MUSTER_METRICS: '',
        MUSTER_STICKY: '',
      },
    };
  }

  workerForked(handle: WorkerHandle): void {
    const patient: Patient = {
      handle,
      forkedAt: performance.now(),
      afterMemory: handle.slot === this.#outgrown,
      inspector: new WorkerInspector(handle.process, handle.opensInspectorInSecret),
      silence: heard(performance.now()),
      treated: false,
      observed: { store: false, closely: false },
    };
    this.#patients.set(keyOf(handle), patient);
    onHeartbeat(handle.process, (totals, beat) => {
      if (beat) this.#hear(patient, beat);
      this.#count(patient, totals);
    });
  }

  /** From here on it may be hung; what its start takes is for `ready.timeoutMs`. */
  workerReady(handle: WorkerHandle): void {
    const patient = this.#patients.get(keyOf(handle));
    if (patient) patient.silence = heard(performance.now());
  }

  workerExited(exit: WorkerExit): void {
    this.#patients.delete(keyOf(exit));
  }

  /** Whoever asks wants to know more: from now on its workers are looked at closely, for a while. */
  vitals(worker: WorkerIdentity): WorkerVitals {
    this.#observedUntil = performance.now() + OBSERVED_MS;
    const patient = this.#patients.get(keyOf(worker));
    // One that starts would not hear it: it is told with its first heartbeat.
    if (patient?.beat) this.#observe(patient);
    return patient?.vitals ?? {};
  }

  stopped(): void {
    clearInterval(this.#timer);
  }

  #hear(patient: Patient, beat: Heartbeat): void {
    const laterMs = Math.min(beat.nextMs, this.#idleEveryMs) - this.#everyMs;
    patient.silence = heard(performance.now(), Math.max(0, laterMs));
    patient.beat = beat;
    patient.vitals = vitalsOf(beat, patient.told, timeOfDay());
    patient.inspector.heard(beat);
    this.#observe(patient);
  }

  #observe(patient: Patient): void {
    const closely = performance.now() < this.#observedUntil;
    const observed = { store: this.#alwaysObserve || closely, closely };
    if (isDeepStrictEqual(observed, patient.observed)) return;
    patient.observed = observed;
    sendHealth(patient.handle.process, { type: 'observe', ...observed });
  }

  /** What is new since it last told. Its last words may come after its exit. */
  #count(patient: Patient, told: ProcessTotals): void {
    addNews(this.totals, patient.handle.slot, patient.told, told);
    patient.told = told;
  }

  #look(): void {
    const now = performance.now();
    const ready = [...this.#patients.values()].filter(
      ({ handle }) => handle.info.state === 'ready',
    );
    for (const patient of ready) {
      patient.silence = look(patient.silence, now, this.#everyMs);
      if (!patient.treated && this.#isHung(patient)) void this.#treatHung(patient);
    }
    if (this.#replacing) return;
    const outworn = nextOutworn(ready.filter(({ treated }) => !treated).map(this.#candidate));
    if (outworn) void this.#replaceOutworn(outworn.slot, outworn.generation, outworn.cause);
  }

  #isHung({ handle, silence }: Patient): boolean {
    const limit = this.#roles.get(handle.role)?.health.hungAfterMs ?? 0;
    return limit > 0 && silence.silentMs > limit;
  }

  async #treatHung(patient: Patient): Promise<void> {
    patient.treated = true;
    const { handle } = patient;
    const { log } = this.#supervision;
    const silentMs = Math.round(patient.silence.silentMs);
    const { capture, text } = await examine(patient.inspector);
    const fields = {
      ...handle.info,
      silentMs,
      ...(capture.kind === 'none' ? {} : { stack: capture.frames }),
    };
    const what = `${describe(handle)} has not turned its event loop for ${silentMs} ms`;
    if (!this.#patients.has(keyOf(handle))) return;
    if (capture.kind === 'held' || !this.#isHung(patient)) {
      const why = capture.kind === 'held' ? 'a debugger holds it' : 'it goes on by now';
      log.warn('worker.slow', `${what}; ${why}. ${text}`, fields);
      patient.silence = heard(performance.now());
      patient.treated = false;
      return;
    }
    log.error('worker.hung', `${what}; it is replaced. ${text}`, fields);
    this.replaced.hung += 1;
    // It may go on by the time that its successor is ready; then it has requests to finish.
    await this.#replace(handle, 'it is hung', () => (this.#isHung(patient) ? 'kill' : 'drain'));
  }

  readonly #candidate = ({ handle, beat, forkedAt, afterMemory }: Patient): Candidate => {
    const health = this.#roles.get(handle.role)?.health;
    return {
      slot: handle.slot,
      generation: handle.generation,
      limits: { maxRssBytes: health?.maxRssBytes ?? 0, maxAgeMs: health?.maxAgeMs ?? 0 },
      ownBytes: beat?.ownBytes,
      ageMs: performance.now() - forkedAt,
      afterMemory,
    };
  };

  async #replaceOutworn(slot: number, generation: number, cause: 'memory' | 'age'): Promise<void> {
    const patient = this.#patients.get(keyOf({ slot, generation }));
    if (!patient) return;
    this.#replacing = true;
    patient.treated = true;
    const { handle, beat, forkedAt } = patient;
    const health = this.#roles.get(handle.role)?.health;
    const ageMs = Math.round(performance.now() - forkedAt);
    const reason =
      cause === 'memory'
        ? `it has ${megabytes(beat?.ownBytes)} of memory, and health.maxRssBytes is ${megabytes(health?.maxRssBytes)}`
        : `it is ${Math.round(ageMs / 1_000)} s old, and health.maxAgeMs is ${health?.maxAgeMs}`;
    const { log } = this.#supervision;
    log.info(`worker.${cause}`, `${describe(handle)} is replaced: ${reason}.`, {
      ...handle.info,
      ...(beat && { ownBytes: beat.ownBytes, rssBytes: beat.rssBytes }),
      ageMs,
    });
    this.replaced[cause] += 1;
    this.#outgrown = cause === 'memory' ? slot : undefined;
    await this.#replace(handle, reason);
    this.#outgrown = undefined;
    this.#replacing = false;
  }

  async #replace(
    handle: WorkerHandle,
    reason: string,
    then: ReplaceOptions['then'] = 'drain',
  ): Promise<void> {
    const { slot, generation } = handle;
    try {
      await this.#supervision.replace(slot, { reason, ...(then && { then }), generation });
    } catch (error) {
      this.#supervision.log.warn(
        'worker.unreplaced',
        `${describe(handle)} was to be replaced (${reason}); its successor failed: ${String(error)}`,
        { ...handle.info, error },
      );
      setTimeout(() => {
        const patient = this.#patients.get(keyOf(handle));
        if (patient) patient.treated = false;
      }, RETRY_MS).unref();
    }
  }
}

/** Never rejects: what looks into a worker may not have been loaded, for want of descriptors. */
async function examine(inspector: WorkerInspector): Promise<Findings> {
  try {
    return await (await import('./stack/hung-worker.js')).examine(inspector);
  } catch (error) {
    const why = reasonOf(error);
    return { capture: { kind: 'none', why }, text: `Its stack could not be had: ${why}` };
  }
}

function keyOf({ slot, generation }: Pick<WorkerIdentity, 'slot' | 'generation'>): string {
  return `${slot}.${generation}`;
}

function describe({ info }: WorkerHandle): string {
  return `worker ${info.slot} (pid ${info.pid}, generation ${info.generation})`;
}

function megabytes(bytes = 0): string {
  return `${Math.round(bytes / 1_048_576)} MB`;
}
