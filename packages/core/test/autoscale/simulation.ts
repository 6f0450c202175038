// A role under a load that was recorded, or made up: workers that report as real ones do, and the policy that follows.
import {
  type LoadSample,
  loadOf,
  withSample,
} from '../../dist/extensions/autoscale/load-window.js';
import {
  afterFailure,
  type decide,
  type ResolvedRange,
  type ScalingState,
  UNSEEN,
} from '../../dist/extensions/autoscale/policy.js';

export interface Scenario {
  readonly seconds: number;
  /** Workers that the load would keep busy all the time, at that second. */
  demand(second: number): number;
  /** Whether that worker spins, and is busy whatever it gets. */
  spins?(worker: number): boolean;
  /** Whether a heartbeat of that worker arrives. */
  beats?(worker: number, second: number): boolean;
  /** Whether something else goes on: a reload, a restart. */
  isBusyOtherwise?(second: number): boolean;
  /** Whether new workers come up. */
  comesUp?(second: number): boolean;
  readonly workers?: number;
}

export interface Change {
  readonly second: number;
  readonly from: number;
  readonly to: number;
  readonly failed: boolean;
}

/** Seconds until a new worker serves. */
const START_S = 2;

export function simulate(
  policy: typeof decide,
  range: ResolvedRange,
  scenario: Scenario,
): { changes: Change[]; counts: number[] } {
  const { seconds, demand, spins, beats, isBusyOtherwise, comesUp } = scenario;
  let workers: { readonly id: number; samples: readonly LoadSample[] }[] = [];
  let nextId = 0;
  const add = () => workers.push({ id: nextId++, samples: [] });
  while (workers.length < (scenario.workers ?? range.min)) add();
  let state: ScalingState = UNSEEN;
  let starting: { readonly to: number; readonly at: number } | undefined;
  const changes: Change[] = [];
  const counts: number[] = [];

  for (let second = 0; second < seconds; second += 1) {
    const now = second * 1_000;
    const spinning = workers.filter(({ id }) => spins?.(id)).length;
    const share = demand(second) / Math.max(1, workers.length - spinning);
    for (const worker of workers) {
      if (beats?.(worker.id, second) === false) continue;
      const busy = spins?.(worker.id) ? 1 : Math.min(1, share);
      const sample = { at: now, intervalMs: 1_000, busy };
      worker.samples = withSample(worker.samples, sample, range.upAfterMs);
    }
    if (starting && second >= starting.at) {
      const from = workers.length;
      const failed = comesUp?.(second) === false;
      if (failed) state = afterFailure(range, state, now);
      else while (workers.length < starting.to) add();
      changes.push({ second, from, to: starting.to, failed });
      starting = undefined;
    }
    const loads = workers.map(({ samples }) => loadOf(samples, now, range.upAfterMs));
    const isAtRest = starting === undefined && !isBusyOtherwise?.(second);
    const decision = policy(range, state, { now, workers: workers.length, isAtRest, loads });
    state = decision.state;
    const { to } = decision.change ?? {};
    if (to !== undefined && to > workers.length) starting = { to, at: second + START_S };
    if (to !== undefined && to < workers.length) {
      changes.push({ second, from: workers.length, to, failed: false });
      workers = workers.slice(0, to);
    }
    counts.push(workers.length);
  }
  return { changes, counts };
}
