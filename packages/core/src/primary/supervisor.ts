// All slots of a cluster: starts them together, reports what happens to them, stops them together.
import { EventEmitter } from 'node:events';
import type { Cluster, ClusterEvents, Logger, WorkerExit, WorkerInfo } from '../cluster.js';
import { WorkerStartError } from '../errors.js';
import { Slot, type SlotEvents, type SlotOptions } from './slot.js';

export interface SupervisorOptions extends Omit<SlotOptions, 'slot'> {
  workers: number;
  drainTimeoutMs: number;
  logger: Logger;
  /** A slot has spent its crash budget; the stop of the cluster follows. */
  collapsed(): void;
  /** The last worker is gone after a stop. Called once. */
  stopped(): void;
}

export class Supervisor implements Cluster {
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
    this.#stopping = Promise.all(stops).then(() => this.#options.stopped());
    this.#emit('stopping', { reason });
    this.#starting?.reject(new WorkerStartError('The cluster was stopped while it started.'));
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
    const { logger } = this.#options;
    return {
      started: (worker) => this.#emit('workerStart', worker),
      ready: (worker) => {
        this.#starting?.waiting.delete(worker.slot);
        this.#emit('workerReady', worker);
        if (this.#starting?.waiting.size === 0) this.#starting.resolve();
      },
      exited: (exit) => {
        this.#emit('workerExit', exit);
        this.#failStart(exit);
      },
      unready: (worker) => {
        logger.error(
          `muster: ${describe(worker)} was not ready within ${this.#options.readyTimeoutMs} ms; it is killed. ` +
            'A worker is ready when its code has run (a promise that it returns settles) and its servers listen; ' +
            "with ready: { when: 'manual' }, when it calls ready().",
        );
      },
      overdue: (worker) => {
        logger.warn(
          `muster: ${describe(worker)} still drained after ${this.#options.drainTimeoutMs} ms; it is killed. ` +
            'Long-lived connections and loops need an onDrain() that ends them.',
        );
      },
      replacing: (exit, delayMs) => {
        logger.warn(
          `muster: ${describe(exit)} ${describeExit(exit)}; generation ${exit.generation + 1} follows in ${delayMs} ms.`,
        );
      },
      gaveUp: (exit, crashes) => {
        logger.error(
          `muster: ${describe(exit)} ${describeExit(exit)}, crash ${crashes} of slot ${exit.slot} within ` +
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
        exit,
      ),
    );
    void this.stop(`worker ${exit.slot} did not start`);
  }

  /** A listener that throws is the app's failure, and reported as that; supervision goes on. */
  #emit<Name extends keyof ClusterEvents>(name: Name, event: ClusterEvents[Name]): void {
    for (const listener of this.#emitter.listeners(name)) {
      try {
        listener(event);
      } catch (error) {
        this.#options.logger.error(`muster: a listener of '${name}' failed: ${String(error)}`);
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
