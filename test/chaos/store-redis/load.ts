// Calls of every kind against a store, and what became of them: what they promise is checked as they settle.
import { setTimeout as delay } from 'node:timers/promises';
import type { SharedStore, StoreView } from '@muster/store';
import { round } from '../rounds.js';

const KEYS = Array.from({ length: 24 }, (_, n) => `counter ${n}`);
/** Calls that are under way at once. */
export const CALLERS = 16;
/** How much later than its deadline a call may settle, on a machine that does other things as well. */
const SLACK_MS = round({ short: 20_000, full: 2_000 });

const NOT_APPLIED = ['MUSTER_STORE_UNREACHABLE', 'MUSTER_DEADLINE_EXCEEDED'];
const UNKNOWN = 'MUSTER_OUTCOME_UNKNOWN';

interface Counter {
  /** Increments that were acknowledged. */
  acknowledged: number;
  /** Increments of which nobody can say whether they were made. */
  unknown: number;
}

export interface LoadOptions {
  readonly deadlineMs: number;
  /** A failover of Redis loses what had not reached the replica: a counter may then go back. */
  readonly mayLose?: boolean;
}

export class Load {
  readonly #view: StoreView;
  readonly #options: LoadOptions;
  readonly #counters = new Map<string, Counter>();
  readonly #callers: Promise<void>[] = [];
  readonly violations: string[] = [];
  readonly outcomes: Record<string, number> = {};
  resets = 0;
  changes = 0;
  #isOver = false;
  #endWatch: (() => void) | undefined;
  #tokens = 0;

  private constructor(view: StoreView, options: LoadOptions) {
    this.#view = view;
    this.#options = options;
    for (const key of KEYS) this.#counters.set(key, { acknowledged: 0, unknown: 0 });
  }

  static async start(store: SharedStore, options: LoadOptions): Promise<Load> {
    const load = new Load(store.namespace('chaos'), options);
    await load.#view.setMany(KEYS.map((key) => [key, 0]));
    load.#endWatch = await load.#view.watch({ prefix: '' }, (change) => {
      if (change.type === 'reset') load.resets++;
      else load.changes++;
    });
    for (let n = 0; n < CALLERS; n++) load.#callers.push(load.#call());
    return load;
  }

  /** What was acknowledged until now, by key. */
  acknowledged(): Map<string, number> {
    return new Map([...this.#counters].map(([key, { acknowledged }]) => [key, acknowledged]));
  }

  /** Lets the calls under way settle, and compares what is stored. Gives how many acknowledged increments are lost. */
  async stop(atLeast?: ReadonlyMap<string, number>): Promise<number> {
    this.#isOver = true;
    await Promise.all(this.#callers);
    // The feed goes on: a change is told, if not the first, which may fall into the last gap.
    const before = this.changes;
    for (let n = 0; this.changes === before && n < 200; n++) {
      await this.#view.set('marker', n);
      await delay(50);
    }
    if (this.changes === before) this.violations.push('no change is told any more');
    this.#endWatch?.();
    const stored = (await this.#view.getMany(KEYS)) as (number | undefined)[];
    let lost = 0;
    for (const [position, key] of KEYS.entries()) {
      const { acknowledged, unknown } = this.#counters.get(key) as Counter;
      const value = stored[position] ?? 0;
      if (value > acknowledged + unknown) {
        this.violations.push(`${key}: ${value} stored, ${acknowledged} + ${unknown} asked for`);
      }
      const floor = atLeast?.get(key) ?? acknowledged;
      if (value < floor) this.violations.push(`${key}: ${value} stored, ${floor} acknowledged`);
      lost += Math.max(acknowledged - value, 0);
    }
    return lost;
  }

  async #call(): Promise<void> {
    // A test that failed has closed the store, and should be told of.
    while (!this.#isOver && !this.outcomes.MUSTER_STORE_CLOSED) {
      const key = KEYS[Math.floor(Math.random() * KEYS.length)] ?? '';
      const kind = Math.floor(Math.random() * 7);
      if (kind === 0) await this.#count(key, () => this.#view.increment(key));
      else if (kind === 1) await this.#count(key, () => this.#view.increment(key, 1, { min: 0 }));
      else if (kind === 2) await this.#count(key, () => this.#update(key));
      else if (kind === 3) await this.#exchange(key);
      else if (kind === 4) await this.#read(key);
      else if (kind === 5) await this.#readAll();
      else await this.#take();
    }
  }

  async #update(key: string): Promise<unknown> {
    return this.#view.update(key, (count) => ((count as number | undefined) ?? 0) + 1);
  }

  /** One increment. */
  async #count(key: string, increment: () => Promise<unknown>): Promise<void> {
    const counter = this.#counters.get(key) as Counter;
    const outcome = await this.#settled(increment());
    if (outcome.code === UNKNOWN) counter.unknown++;
    else if (outcome.code === 'ok' && outcome.value !== false) counter.acknowledged++;
  }

  async #exchange(key: string): Promise<void> {
    const current = await this.#settled(this.#view.get(key));
    if (current.code !== 'ok') return;
    const count = current.value as number | undefined;
    await this.#count(key, () => this.#view.compareAndSet(key, count, (count ?? 0) + 1));
  }

  async #read(key: string): Promise<void> {
    const floor = this.#floor(key);
    const { code, value } = await this.#settled(this.#view.get(key));
    if (code === 'ok') this.#isAtLeast(key, value, floor);
  }

  async #readAll(): Promise<void> {
    const floors = KEYS.map((key) => this.#floor(key));
    const { code, value } = await this.#settled(this.#view.getMany(KEYS));
    if (code !== 'ok') return;
    for (const [position, count] of (value as unknown[]).entries()) {
      this.#isAtLeast(KEYS[position] ?? '', count, floors[position] ?? 0);
    }
  }

  /** Of many who take a value out, one gets it. */
  async #take(): Promise<void> {
    const key = `token ${this.#tokens++}`;
    const written = await this.#settled(this.#view.set(key, key, { ttlMs: 60_000 }));
    const takers = [0, 1, 2].map(() => this.#settled(this.#view.getAndDelete(key)));
    const taken = await Promise.all(takers);
    const got = taken.filter(({ code, value }) => code === 'ok' && value === key).length;
    const isSure = written.code === 'ok' && taken.every(({ code }) => code === 'ok');
    if (got > 1 || (isSure && got === 0 && !this.#options.mayLose)) {
      this.violations.push(`${key}: ${got} got it`);
    }
  }

  #floor(key: string): number {
    return this.#options.mayLose ? 0 : (this.#counters.get(key)?.acknowledged ?? 0);
  }

  #isAtLeast(key: string, value: unknown, floor: number): void {
    const count = (value as number | undefined) ?? 0;
    if (count < floor) {
      this.violations.push(`${key}: read ${count} after ${floor} were acknowledged`);
    }
  }

  async #settled(work: Promise<unknown>): Promise<{ code: string; value: unknown }> {
    const start = performance.now();
    const outcome = await work.then(
      (value) => ({ code: 'ok', value }),
      (error) => ({ code: String(error.code ?? error.stack), value: undefined }),
    );
    const took = performance.now() - start;
    if (took > this.#options.deadlineMs + SLACK_MS) {
      this.violations.push(`a call took ${Math.round(took)} ms: ${outcome.code}`);
    }
    if (!['ok', UNKNOWN, ...NOT_APPLIED].includes(outcome.code)) {
      this.violations.push(`a call failed: ${outcome.code}`);
    }
    this.outcomes[outcome.code] = (this.outcomes[outcome.code] ?? 0) + 1;
    return outcome;
  }
}
