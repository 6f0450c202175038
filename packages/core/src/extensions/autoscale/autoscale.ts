/**
 * Lets the number of workers of a role follow its load (`workers: { min, max }`). The policy decides (policy.ts); this part
 * collects what workers say of their event loops, and passes a decision on to the supervisor.
 */
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { reasonOf } from '@muster/codec/thrown';
import { onHeartbeat } from '../../channel/heartbeat.js';
import type { ForkSettings } from '../../cluster-extension.js';
import type { WorkerExit, WorkerIdentity } from '../../worker-status.js';
import type { Extension, Supervision, WorkerHandle } from '../extension.js';
import type { Intervals } from '../health/intervals.js';
import { keyOf } from '../health/watched-worker.js';
import { type LoadSample, loadOf, withSample } from './load-window.js';
import { afterFailure, decide, type ResolvedRange, type ScalingState, UNSEEN } from './policy.js';

/** Milliseconds between heartbeats of a worker that does nothing, and may be flooded at any moment. */
const IDLE_INTERVAL_MS = 2_000;
const MIN_INTERVAL_MS = 50;

export interface ScaledRole {
  readonly role: string;
  readonly range: ResolvedRange;
}

export class Autoscale implements Extension {
  readonly name = 'autoscale';
  readonly #roles: ReadonlyMap<string, ResolvedRange>;
  readonly #health: Intervals;
  readonly #samples = new Map<string, readonly LoadSample[]>();
  readonly #states = new Map<string, ScalingState>();
  #timers: NodeJS.Timeout[] = [];
  #isStopping = false;
  #supervision: Supervision | undefined;

  /** @param health how often workers report for other reasons */
  constructor(roles: readonly ScaledRole[], health: Intervals) {
    this.#roles = new Map(roles.map(({ role, range }) => [role, range]));
    this.#health = health;
  }

  start(supervision: Supervision): void {
    this.#supervision = supervision;
  }

  forkSettings({ role }: WorkerIdentity): ForkSettings {
    const range = this.#roles.get(role);
    if (!range) return {};
    const everyMs = this.#everyMs(range);
    const idleMs = Math.min(IDLE_INTERVAL_MS, range.upAfterMs / 4, this.#health.idleEveryMs);
    return {
      env: {
        MUSTER_HEARTBEAT_MS: String(everyMs),
        MUSTER_IDLE_HEARTBEAT_MS: String(Math.max(everyMs, idleMs)),
      },
    };
  }

  workerForked(worker: WorkerHandle): void {
    const range = this.#roles.get(worker.role);
    if (!range) return;
    const key = keyOf(worker);
    this.#samples.set(key, []);
    onHeartbeat(worker.process, (_totals, heartbeat) => {
      const before = this.#samples.get(key);
      // One that has exited may still be heard.
      if (!heartbeat || !before) return;
      const { intervalMs, eventLoopUtilization: busy } = heartbeat;
      const sample = { at: performance.now(), intervalMs, busy };
      this.#samples.set(key, withSample(before, sample, range.upAfterMs));
    });
  }

  workerExited(exit: WorkerExit): void {
    this.#samples.delete(keyOf(exit));
  }

  started(): void {
    this.#timers = [...this.#roles].map(([role, range]) =>
      setInterval(() => this.#look(role, range), this.#everyMs(range)).unref(),
    );
  }

  stopping(): void {
    this.#isStopping = true;
    for (const timer of this.#timers) clearInterval(timer);
  }

  #look(role: string, range: ResolvedRange): void {
    const { scaling } = this.#supervision as Supervision;
    const now = performance.now();
    const before = this.#states.get(role) ?? UNSEEN;
    const seen = { ...scaling.look(role), now, loads: this.#loads(role, range, now) };
    const { state, change } = decide(range, before, seen);
    this.#states.set(role, state);
    if (!change) return;
    scaling.follow(role, { from: seen.workers, ...change }).catch((error) => {
      // It came in between.
      if (this.#isStopping) return;
      this.#states.set(role, afterFailure(range, state, performance.now()));
      this.#failed(role, seen.workers, change.to, error);
    });
  }

  #loads(role: string, { upAfterMs }: ResolvedRange, now: number): (number | undefined)[] {
    const handles = this.#supervision?.handles() ?? [];
    const serving = handles.filter(({ info }) => info.role === role && info.state === 'ready');
    return serving.map((one) => loadOf(this.#samples.get(keyOf(one)) ?? [], now, upAfterMs));
  }

  #failed(role: string, from: number, to: number, error: unknown): void {
    const message = `role ${role} was not scaled from ${from} to ${to}: ${reasonOf(error)}`;
    this.#supervision?.log.warn('cluster.not-scaled', message, { role, from, to, error });
  }

  #everyMs({ upAfterMs }: ResolvedRange): number {
    return Math.max(MIN_INTERVAL_MS, Math.min(this.#health.everyMs, upAfterMs / 5));
  }
}
