/**
 * When a role gets more workers or fewer: a pure function of what is seen of it, and of what was seen before.
 *
 * - Up, and fast: when its workers were busier than `upAt` on average. It gets as many as would bring that down to `upAt`, at
 *   most twice as many as it has. `upAfterMs` pass between two such steps.
 * - Down, and slowly: when those that stay would be no busier than `downAt`, and that for `downAfterMs` without a break. One
 *   worker leaves, and the time begins anew.
 * - Neither while the role is not at rest: something starts, fails, is replaced, or is about to be.
 * - A worker whose load is not known counts as idle for the way up, and as busy for the way down. So heartbeats that come and
 *   go change nothing.
 *
 * Each change ends what caused it: right after it, the same load asks neither for another one nor for the way back.
 */
import type { Complete } from '@muster/codec/options';
import type { WorkerRange } from '../../cluster-options.js';

/** With all defaults. */
export type ResolvedRange = Complete<WorkerRange> & { readonly max: number };

/** What is seen of a role at one moment. */
export interface Look {
  /** Milliseconds, on a monotonic clock. */
  readonly now: number;
  readonly workers: number;
  readonly isAtRest: boolean;
  /** The share of the last `upAfterMs` in which the event loop of each worker was busy; `undefined` if not known. */
  readonly loads: readonly (number | undefined)[];
}

export interface ScalingState {
  readonly workers: number;
  /** Since when fewer workers would be enough. */
  readonly lowSince: number | undefined;
  /** No workers are added before. */
  readonly upFrom: number;
}

export interface Decision {
  readonly state: ScalingState;
  readonly change?: { readonly to: number; readonly reason: string };
}

export const UNSEEN: ScalingState = { workers: 0, lowSince: undefined, upFrom: 0 };

export function decide(range: ResolvedRange, before: ScalingState, look: Look): Decision {
  const { now, workers, isAtRest, loads } = look;
  const state =
    workers === before.workers ? before : { ...UNSEEN, workers, upFrom: now + range.upAfterMs };
  // A role without workers was scaled to none by hand.
  if (!isAtRest || workers === 0) return { state: { ...state, lowSince: undefined } };
  const known = loads.filter((load) => load !== undefined);
  const total = known.reduce((sum, load) => sum + load, 0);
  if (total > range.upAt * workers) return whenBusy(range, state, look, total);
  const isLow =
    workers > range.min && known.length === workers && total <= range.downAt * (workers - 1);
  if (!isLow) return { state: { ...state, lowSince: undefined } };
  const lowSince = state.lowSince ?? now;
  if (now - lowSince < range.downAfterMs) return { state: { ...state, lowSince } };
  const reason = `${counted(workers - 1)} would be ${percent(total / (workers - 1))} busy, and for ${seconds(range.downAfterMs)} no more than ${percent(range.downAt)}`;
  return { state: { ...state, lowSince }, change: { to: workers - 1, reason } };
}

function whenBusy(
  { max, upAt, upAfterMs }: ResolvedRange,
  { upFrom, ...seen }: ScalingState,
  { now, workers }: Look,
  total: number,
): Decision {
  const state = { ...seen, upFrom, lowSince: undefined };
  if (workers >= max || now < upFrom) return { state };
  const enough = Math.max(workers + 1, Math.ceil(total / upAt));
  const to = Math.min(max, 2 * workers, enough);
  const reason = `${counted(workers)} ${workers === 1 ? 'was' : 'were'} ${percent(total / workers)} busy over ${seconds(upAfterMs)}, more than ${percent(upAt)}`;
  return { state, change: { to, reason } };
}

/** The change failed: a new worker did not come up. The next attempt to add some waits longer. */
export function afterFailure(
  { downAfterMs }: ResolvedRange,
  state: ScalingState,
  now: number,
): ScalingState {
  return { ...state, upFrom: now + downAfterMs, lowSince: undefined };
}

function counted(workers: number): string {
  return workers === 1 ? '1 worker' : `${workers} workers`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`;
}
