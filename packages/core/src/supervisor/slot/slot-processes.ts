// The processes of one slot, by generation: forked once the app's hook has run, and kept until their exit is announced.
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';
import type { WorkerExit, WorkerIdentity } from '../../worker-status.js';
import { LaunchFailure } from '../process/launch-failure.js';
import type { Release } from '../process/release.js';
import type { WorkerProcess } from '../process/worker-process.js';
import type { SlotOptions } from './contract.js';
import type { MissingAddresses } from './slot-addresses.js';
import type { SlotEvent } from './state.js';

interface Plan {
  readonly release: Release;
  readonly env: Record<string, string>;
}

export interface SlotProcessesOptions extends SlotOptions {
  on(event: SlotEvent): void;
  /** Called when a process is gone and everything that it held is free. */
  exited(exit: WorkerExit): void;
}

export class SlotProcesses {
  readonly #options: SlotProcessesOptions;
  readonly #workers = new Map<number, WorkerProcess>();
  readonly #exits = new WeakMap<WorkerProcess, WorkerExit>();
  readonly #late = new WeakSet<WorkerProcess>();
  readonly #lacks = new WeakMap<WorkerProcess, MissingAddresses>();
  readonly #plans = new Map<number, Plan>();
  /** Why a fork failed, by generation. */
  readonly #causes = new Map<number, unknown>();
  readonly #preparing = new Set<Promise<void>>();

  constructor(options: SlotProcessesOptions) {
    this.#options = options;
  }

  /** Oldest first. */
  get all(): WorkerProcess[] {
    return [...this.#workers.values()];
  }

  get(generation: number | undefined): WorkerProcess | undefined {
    return generation === undefined ? undefined : this.#workers.get(generation);
  }

  /** Settles when all processes are gone and none is about to be forked. */
  async gone(): Promise<void> {
    await Promise.all([...this.all.map(({ exited }) => exited), ...this.#preparing]);
  }

  /** Runs the hook before the fork, and reports its end. */
  prepare(generation: number, release: Release): void {
    const { on, prepare } = this.#options;
    const told = prepare(this.#identity(generation)).then(
      (env) => {
        this.#plans.set(generation, { release, env });
        on({ type: 'prepared', generation });
      },
      (cause) => this.#unforked(generation, cause),
    );
    const done = told.then(() => {
      this.#plans.delete(generation);
      this.#causes.delete(generation);
      this.#preparing.delete(done);
    });
    this.#preparing.add(done);
  }

  /** Forks what was prepared. `held`: it is offered no connections yet. */
  fork(generation: number, held: boolean): void {
    const { on, fork, role } = this.#options;
    const overlaps = this.#workers.size > 0;
    let late: Timer | undefined;
    try {
      const worker = fork(this.#identity(generation), {
        ...(this.#plans.get(generation) as Plan),
        ...{ held, overlaps },
        on: (type) => {
          if (type === 'ready' || type === 'ended') clearTimer(late);
          on({ type, generation });
        },
      });
      this.#workers.set(generation, worker);
      late = setTimer(() => on({ type: 'late', generation }), role.ready.timeoutMs);
      void worker.exited.then((exit) => {
        this.#exits.set(worker, exit);
        this.#options.exited(exit);
        this.#workers.delete(generation);
      });
    } catch (cause) {
      this.#unforked(generation, cause);
    }
  }

  killLate(generation: number): void {
    const worker = this.#workers.get(generation);
    if (!worker) return;
    this.#late.add(worker);
    worker.kill();
  }

  /** The worker leaves because it lacks addresses. */
  lacks(worker: WorkerProcess, lack: MissingAddresses): void {
    this.#lacks.set(worker, lack);
  }

  /** Why the worker of that generation never served, once it is gone. */
  async failed(generation: number | undefined): Promise<LaunchFailure> {
    const worker = this.get(generation);
    if (!worker) return this.failure(generation);
    const exit = await worker.exited;
    this.#exits.set(worker, exit);
    return this.#failure(worker, exit);
  }

  /** The same for a worker that is already gone, or never existed. */
  failure(generation: number | undefined): LaunchFailure {
    const worker = this.get(generation);
    if (worker) return this.#failure(worker, this.#exits.get(worker));
    const number = generation ?? 0;
    const cause = this.#causes.get(number) ?? new Error('the slot was stopped meanwhile');
    return new LaunchFailure(this.#identity(number), 'not-forked', { cause });
  }

  #failure(worker: WorkerProcess, exit: WorkerExit | undefined): LaunchFailure {
    const lack = this.#lacks.get(worker);
    if (lack) return new LaunchFailure(worker, 'missing-address', lack);
    if (worker.spawnError) {
      return new LaunchFailure(worker, 'not-forked', { cause: worker.spawnError });
    }
    const isLate = this.#late.has(worker);
    const early = worker.readyAt === undefined ? 'exited' : 'crashed';
    const server = worker.lacksServer ? ' It did not listen, as the one before it did.' : '';
    const { timeoutMs } = this.#options.role.ready;
    return new LaunchFailure(worker, isLate ? 'not-ready' : early, {
      ...(exit && { exit }),
      late: `was killed after ${timeoutMs} ms.${server}`,
    });
  }

  #unforked(generation: number, cause: unknown): void {
    this.#causes.set(generation, cause);
    this.#options.on({ type: 'fork-failed', generation });
  }

  #identity(generation: number): WorkerIdentity {
    const { slot, role } = this.#options;
    return { slot, generation, role: role.role };
  }
}
