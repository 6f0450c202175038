// All slots of a cluster: starts them together, reports what happens to them, stops them together.
import { EventEmitter } from 'node:events';
import type { Cluster, ClusterEvents, ReloadResult } from '../cluster.js';
import { ClusterStoppedError, WorkerStartError } from '../errors.js';
import type { ReplaceOptions, Supervision, WorkerHandle } from '../extension.js';
import type { ClusterStatus, WorkerExit, WorkerInfo } from '../worker-status.js';
import type { ExtensionHost } from './extension-host.js';
import type { Log } from './log.js';
import type { ResolvedOptions } from './options.js';
import { Slot, type SlotEvents, type SlotOptions } from './slot.js';

export interface SupervisorOptions extends Omit<SlotOptions, 'slot'> {
  options: ResolvedOptions;
  extensions: ExtensionHost;
  workers: number;
  drainTimeoutMs: number;
  log: Log;
  /** A slot has spent its crash budget; the stop of the cluster follows. */
  collapsed(): void;
  /** The last worker is gone after a stop. Called once. */
  stopped(): void;
}

export class Supervisor implements Cluster, Supervision {
  readonly isPrimary = true;
  readonly #options: SupervisorOptions;
  readonly #slots: Slot[];
  readonly #emitter = new EventEmitter();
  #stopping: Promise<void> | undefined;
  #starting: { waiting: Set<number>; resolve(): void; reject(error: Error): void } | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const events = this.#slotEvents();
    this.#slots = Array.from(
      { length: options.workers },
      (_, slot) => new Slot({ ...options, slot }, events),
    );
  }

  /** Settles when every slot has a worker that is ready; rejects, with nothing left running, if one ends before. */
  async start(): Promise<void> {
    const started = new Promise<void>((resolve, reject) => {
      this.#starting = { waiting: new Set(this.#slots.keys()), resolve, reject };
    });
    await this.#options.extensions.start(this);
    for (const slot of this.#slots) slot.start();
    try {
      await started;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      this.#starting = undefined;
    }
  }

  get cluster(): Cluster {
    return this;
  }

  get options(): ResolvedOptions {
    return this.#options.options;
  }

  get log(): Log {
    return this.#options.log;
  }

  handles(): WorkerHandle[] {
    return this.#slots.flatMap((slot) => slot.process ?? []);
  }

  /** `core` lands status, reload, scale, restartWorker and replace next. */
  status(): ClusterStatus {
    throw new Error('not there yet');
  }

  reload(): Promise<ReloadResult> {
    throw new Error('not there yet');
  }

  scale(): Promise<void> {
    throw new Error('not there yet');
  }

  restartWorker(): Promise<WorkerInfo> {
    throw new Error('not there yet');
  }

  replace(_slot: number, _options: ReplaceOptions): Promise<void> {
    throw new Error('not there yet');
  }

  workers(): WorkerInfo[] {
    return this.#slots.flatMap((slot) => slot.info ?? []);
  }

  on<Name extends keyof ClusterEvents>(
    name: Name,
    listener: (event: ClusterEvents[Name]) => void,
  ): () => void {
    this.#emitter.on(name, listener);
    return () => this.#emitter.off(name, listener);
  }

  stop(reason = 'stop() was called'): Promise<void> {
    if (this.#stopping) return this.#stopping;
    const stops = this.#slots.map((slot) => slot.stop(this.#options.drainTimeoutMs));
    this.#stopping = Promise.all(stops)
      .then(() => this.#options.extensions.stopped())
      .then(() => this.#options.stopped());
    this.#options.extensions.stopping(reason);
    this.#emit('stopping', { reason });
    this.#starting?.reject(new ClusterStoppedError('The cluster was stopped while it started.'));
    return this.#stopping;
  }

  /** Ends every worker now, whatever it is doing. */
  kill(): void {
    for (const slot of this.#slots) slot.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #slotEvents(): SlotEvents {
    const { log, extensions } = this.#options;
    return {
      started: (worker) => {
        const handle = this.handles().find(({ slot }) => slot === worker.slot);
        if (handle) extensions.workerForked(handle);
        this.#emit('workerStart', worker);
      },
      ready: (worker) => {
        this.#starting?.waiting.delete(worker.slot);
        this.#emit('workerReady', worker);
        if (this.#starting?.waiting.size === 0) this.#starting.resolve();
      },
      exited: (exit) => {
        extensions.workerExited(exit);
        this.#emit('workerExit', exit);
        this.#failStart(exit);
      },
      unready: (worker) => {
        log.error(
          'worker.problem',
          `${describe(worker)} was not ready within ${this.#options.readyTimeoutMs} ms; it is killed. ` +
            'A worker is ready when its code has run (a promise that it returns settles) and its servers listen; ' +
            "with ready: 'ready()', when it calls ready().",
        );
      },
      overdue: (worker) => {
        log.warn(
          'worker.problem',
          `${describe(worker)} still drained after ${this.#options.drainTimeoutMs} ms; it is killed. ` +
            'Long-lived connections and loops need an onDrain() that ends them.',
        );
      },
      replacing: (exit, delayMs) => {
        log.warn(
          'worker.problem',
          `${describe(exit)} ${describeExit(exit)}; generation ${exit.generation + 1} follows in ${delayMs} ms.`,
        );
      },
      gaveUp: (exit, crashes) => {
        log.error(
          'worker.problem',
          `${describe(exit)} ${describeExit(exit)}, crash ${crashes} of slot ${exit.slot} within ` +
            `${this.#options.restart.windowMs} ms. The cluster drains and stops; fix what the worker printed.`,
        );
        this.#options.collapsed();
        void this.stop(`slot ${exit.slot} crashed ${crashes} times`);
      },
    };
  }

  /** While the cluster starts, a worker that ends by itself ends the start: its code is not going to work. */
  #failStart(exit: WorkerExit): void {
    if (!this.#starting?.waiting.has(exit.slot)) return;
    const killed = exit.signal !== null && !exit.planned;
    if (killed) return;
    const how = exit.planned
      ? 'was not ready in time'
      : `${describeExit(exit)} before it was ready`;
    this.#starting.reject(
      new WorkerStartError(
        `Worker ${exit.slot} ${how}. Its output says why; the cluster was not started.`,
        { ...exit, exitCode: exit.code, reason: exit.planned ? 'not-ready' : 'exited' },
      ),
    );
    void this.stop(`worker ${exit.slot} did not start`);
  }

  /** A listener that throws is the app's failure, and reported as that; supervision goes on. */
  #emit<Name extends keyof ClusterEvents>(name: Name, event: ClusterEvents[Name]): void {
    const { log } = this.#options;
    for (const listener of this.#emitter.listeners(name)) {
      try {
        listener(event);
      } catch (error) {
        log.error('listener.failed', `a listener of '${name}' failed: ${String(error)}`);
      }
    }
  }
}

function describe(worker: WorkerInfo): string {
  return `worker ${worker.slot} (pid ${worker.pid}, generation ${worker.generation})`;
}

function describeExit(exit: WorkerExit): string {
  return exit.signal ? `was killed by ${exit.signal}` : `exited with code ${exit.code}`;
}
