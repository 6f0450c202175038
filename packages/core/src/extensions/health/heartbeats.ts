// What workers report about themselves, and how closely they have to measure.
import { performance } from 'node:perf_hooks';
import { isDeepStrictEqual } from 'node:util';
import { timeOfDay } from '@muster/codec/timers';
import { type Heartbeat, sendHealthMessage } from '../../channel/heartbeat.js';
import type { WorkerVitals } from '../../worker-status.js';
import type { Intervals } from './intervals.js';
import { newSilence } from './silence.js';
import { vitalsOf } from './vitals.js';
import type { WatchedWorker } from './watched-worker.js';

/** Milliseconds for which workers measure closely after somebody asked for vitals: Prometheus asks every minute. */
const OBSERVED_MS = 65_000;

export class Heartbeats {
  readonly #intervals: Intervals;
  readonly #countsAlways: boolean;
  #observedUntil = 0;

  /** @param countsAlways count calls of the store always, and not only while somebody asks for vitals */
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

  /** Somebody is looking, so the workers measure closely for a while. */
  vitals(worker: WatchedWorker | undefined): WorkerVitals {
    this.#observedUntil = performance.now() + OBSERVED_MS;
    // A worker that starts would miss the message, and gets it after its first heartbeat.
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
