// Counts calls of the store in this process while somebody observes them: the store publishes them on a diagnostics channel.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createHistogram } from 'node:perf_hooks';

const CHANNEL = 'muster:store:call';

/** Seconds, from a read of the embedded engine to the deadline of a call. The last bucket has no upper bound. */
export const BUCKETS = [
  0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5,
] as const;

/** All counted calls of one name and outcome. */
export interface CallCount {
  readonly call: string;
  readonly engine: string;
  /** `'ok'`, or the code of the error. */
  readonly outcome: string;
  count: number;
  sumMs: number;
  /** One for each of `BUCKETS`: calls that took at most this long, and longer than the bucket before. */
  readonly buckets: number[];
}

const counts = new Map<string, CallCount>();
const durations = createHistogram();
let calls = 0;
let failures = 0;
let observing = false;

export function observeStore(wanted: boolean): void {
  if (wanted === observing) return;
  observing = wanted;
  (wanted ? subscribe : unsubscribe)(CHANNEL, count);
}

export function storeCalls(): readonly CallCount[] {
  return [...counts.values()];
}

/** Since the last call; `undefined` while nobody observes. */
export function takeStoreInterval():
  | { calls: number; failures: number; p99Ms: number }
  | undefined {
  if (!observing) return undefined;
  const taken = { calls, failures, p99Ms: calls === 0 ? 0 : durations.percentile(99) / 1e6 };
  calls = 0;
  failures = 0;
  durations.reset();
  return taken;
}

function count(message: unknown): void {
  const { call, engine, durationMs, outcome } = message as {
    call: string;
    engine: string;
    durationMs: number;
    outcome: string;
  };
  calls += 1;
  if (outcome !== 'ok') failures += 1;
  durations.record(Math.max(1, Math.round(durationMs * 1e6)));
  const key = `${call} ${engine} ${outcome}`;
  let counted = counts.get(key);
  if (!counted) {
    counted = { call, engine, outcome, count: 0, sumMs: 0, buckets: BUCKETS.map(() => 0) };
    counts.set(key, counted);
  }
  counted.count += 1;
  counted.sumMs += durationMs;
  const bucket = BUCKETS.findIndex((seconds) => durationMs <= seconds * 1_000);
  if (bucket >= 0) counted.buckets[bucket] = (counted.buckets[bucket] ?? 0) + 1;
}
