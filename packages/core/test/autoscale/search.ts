// Every order in which a small role can be seen, against what the policy promises.
import {
  afterFailure,
  type decide,
  type Look,
  type ResolvedRange,
  type ScalingState,
  UNSEEN,
} from '../../dist/extensions/autoscale/policy.js';

/** A look takes one of these milliseconds. */
const RANGE: ResolvedRange = {
  ...{ min: 1, max: 3, upAt: 0.7, downAt: 0.4 },
  ...{ upAfterMs: 2, downAfterMs: 4 },
};
const LOADS = [undefined, 0, 0.5, 1] as const;

/** All that the future depends on, and what a judge who knows nothing of the policy has counted. Times are ages. */
interface World {
  readonly workers: number;
  readonly state: ScalingState;
  /** Looks since the number changed or was first seen, and since a change failed. */
  readonly sinceChange: number;
  readonly sinceFailure: number;
  /** For how many looks in a row fewer would have been enough. */
  readonly low: number;
}

/** @returns how many worlds there are @throws an error for the first promise that is broken */
export function search(policy: typeof decide): number {
  const first: World = {
    workers: 1,
    state: UNSEEN,
    sinceChange: 0,
    sinceFailure: RANGE.downAfterMs,
    low: 0,
  };
  const seen = new Set<string>([JSON.stringify(first)]);
  const open = [first];
  for (let world = open.pop(); world; world = open.pop()) {
    for (const next of successors(policy, world)) {
      const key = JSON.stringify(next);
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(next);
    }
  }
  return seen.size;
}

function* successors(policy: typeof decide, world: World): Generator<World> {
  for (const isAtRest of [true, false]) {
    for (const loads of allLoads(world.workers)) {
      const look: Look = { now: 0, workers: world.workers, isAtRest, loads };
      const { state, change } = policy(RANGE, world.state, look);
      const judged = judge(world, look, change?.to);
      const later = { ...judged, state: aged(state) };
      yield later;
      if (change && change.to > world.workers) {
        const failed = aged(afterFailure(RANGE, state, 0));
        yield { ...later, state: failed, sinceFailure: 0 };
      }
      // What the policy asked for, or somebody did by hand.
      const others = change ? [change.to] : [0, 1, 2, 3];
      for (const workers of others.filter((other) => other !== world.workers)) {
        yield { ...later, workers, sinceChange: 0, low: 0 };
      }
    }
  }
}

/** One look later. Ages that no longer matter are all the same. */
function aged({ workers, lowSince, upFrom }: ScalingState): ScalingState {
  return {
    workers,
    lowSince: lowSince === undefined ? undefined : Math.max(lowSince - 1, -RANGE.downAfterMs),
    upFrom: Math.max(0, upFrom - 1),
  };
}

function judge(world: World, { workers, isAtRest, loads }: Look, to: number | undefined): World {
  const { min, max, upAt, downAt, upAfterMs, downAfterMs } = RANGE;
  const total = loads.reduce<number>((sum, load) => sum + (load ?? 0), 0);
  const isHigh = isAtRest && workers > 0 && total / workers > upAt;
  const isLow =
    isAtRest && workers > min && !loads.includes(undefined) && total / (workers - 1) <= downAt;
  const low = isLow ? Math.min(world.low + 1, downAfterMs + 1) : 0;
  const mayGrow =
    isHigh &&
    workers < max &&
    world.sinceChange >= upAfterMs &&
    world.sinceFailure >= downAfterMs - 1;
  const mayShrink = low > downAfterMs;
  const broken = (what: string) => {
    throw new Error(`${what}: ${JSON.stringify({ world, loads, isAtRest, to })}`);
  };
  if (to !== undefined) {
    if (to === workers || to < min || to > max) broken('it leaves the range, or changes nothing');
    if (to > workers && !mayGrow) broken('it grows for no reason');
    if (to < workers && !mayShrink) broken('it shrinks for no reason');
    if (to < workers - 1) broken('it shrinks by more than one');
    if (to > workers && total / (to - 1) <= downAt) broken('it would shrink right after');
    if (to < workers && total / to > upAt) broken('it would grow right after');
  } else {
    if (mayGrow) broken('it does not grow');
    if (mayShrink) broken('it does not shrink');
  }
  return {
    ...world,
    low,
    sinceChange: Math.min(world.sinceChange + 1, upAfterMs),
    sinceFailure: Math.min(world.sinceFailure + 1, downAfterMs),
  };
}

/** In no order: the policy has no favourites. */
function allLoads(workers: number, from = 0): (number | undefined)[][] {
  if (workers === 0) return [[]];
  return LOADS.flatMap((load, index) =>
    index < from ? [] : allLoads(workers - 1, index).map((others) => [load, ...others]),
  );
}
