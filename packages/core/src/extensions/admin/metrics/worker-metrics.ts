/**
 * The metrics of all workers, aggregated. The workers are asked when somebody reads them.
 *
 * If a worker does not answer, its gauges are missing this once. Its counters keep what it last reported, and those of
 * workers that are gone are kept as well: to Prometheus, a sum that shrinks would look like a restart.
 */
import type { AnyEvents, Bus } from '@muster/bus';
import type { WorkerIdentity } from '../../../worker-status.js';
import { aggregate, cumulative } from './aggregate.js';
import { type Metric, readMetrics } from './metric.js';
import { METRICS_CALL, type MetricsCalls } from './metrics-call.js';

/** Milliseconds for a worker to answer; Prometheus itself waits for 10,000. */
const TIMEOUT_MS = 1_000;

export interface Collected {
  readonly metrics: readonly Metric[];
  readonly answered: number;
  readonly silent: number;
}

export class WorkerMetricsSource {
  readonly #bus: Bus<AnyEvents, MetricsCalls>;
  readonly #last = new Map<string, readonly Metric[]>();
  #gone: readonly Metric[] = [];
  #collecting: Promise<Collected> | undefined;

  constructor(bus: Bus<AnyEvents, MetricsCalls>) {
    this.#bus = bus;
  }

  /** `slots`: those whose workers serve. Calls that overlap share one answer. Never rejects. */
  collect(slots: readonly number[]): Promise<Collected> {
    this.#collecting ??= this.#collect(slots).finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  workerExited(worker: WorkerIdentity): void {
    const key = keyOf(worker);
    this.#gone = aggregate([this.#gone, cumulative(this.#last.get(key) ?? [])]);
    this.#last.delete(key);
  }

  async #collect(slots: readonly number[]): Promise<Collected> {
    const { ok } = await this.#bus.gather(slots, METRICS_CALL, undefined, {
      timeoutMs: TIMEOUT_MS,
    });
    const answers = new Map<string, readonly Metric[]>();
    for (const { from, value } of ok) {
      const metrics = [...readMetrics(value?.own), ...readMetrics(value?.app)];
      answers.set(keyOf(from), metrics);
      this.#last.set(keyOf(from), metrics);
    }
    const silent = [...this.#last].filter(([key]) => !answers.has(key));
    return {
      metrics: aggregate([
        ...answers.values(),
        ...silent.map(([, metrics]) => cumulative(metrics)),
        this.#gone,
      ]),
      answered: answers.size,
      silent: slots.length - answers.size,
    };
  }
}

function keyOf({ slot, generation }: { slot: number | 'primary'; generation: number }): string {
  return `${slot}.${generation}`;
}
