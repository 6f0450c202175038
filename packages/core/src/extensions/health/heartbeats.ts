// What workers tell of themselves, and how closely they are to look for it.
import { performance } from 'node:perf_hooks';
import { isDeepStrictEqual } from 'node:util';
import { timeOfDay } from '@muster/codec/timers';
import { type Heartbeat, sendHealthMessage } from '../../channel/heartbeat.js';
import type { WorkerVitals } from '../../worker-status.js';
import type { Intervals } from './intervals.js';
import { newSilence } from './silence.js';
import { vitalsOf } from './vitals.js';
import type { WatchedWorker } from './watched-worker.js';

/** Milliseconds for which workers are looked at closely after somebody asked for vitals: Prometheus asks each minute. */
const OBSERVED_MS = 65_000;

export class Heartbeats {
  readonly #intervals: Intervals;
  readonly #countsAlways: boolean;
  #observedUntil = 0;

  /** @param countsAlways whether calls of the store are always counted; else while somebody asks for vitals */
  constructor(intervals: Intervals, countsAlways: boolean) {
    this.#intervals = intervals;
    this.#countsAlways = countsAlways;
  }

  hear(worker: WatchedWorker, heartbeat: Heartbeat): void {
    const { everyMs, idleEveryMs } = this.#intervals;
    const laterMs = Math.min(heartbeat.nextMs, idleEveryMs) - everyMs;
    worker.silence = newSilence(performance.now(), Math.max(0, laterMs));
    worker.heartbeat = heartbeat;
    worker.vitals = vitalsOf(heartbeat, worker.totals, timeOfDay());
    worker.inspector.heard(heartbeat);
    this.#observe(worker);
  }

  /** Whoever asks wants to know more: from now on workers are looked at closely, for a while. */
  vitals(worker: WatchedWorker | undefined): WorkerVitals {
    this.#observedUntil = performance.now() + OBSERVED_MS;
    // One that starts would not hear it: it is told with its first heartbeat.
    if (worker?.heartbeat) this.#observe(worker);
    return worker?.vitals ?? {};
  }

  #observe(worker: WatchedWorker): void {
    const closely = performance.now() < this.#observedUntil;
    const observed = { store: this.#countsAlways || closely, closely };
    if (isDeepStrictEqual(observed, worker.observed)) return;
    worker.observed = observed;
    sendHealthMessage(worker.handle.process, { type: 'observe', ...observed });
  }
}
