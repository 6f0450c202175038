// One slot: keeps one worker process in it, and decides by policy what follows a crash.

import type { WorkerExit, WorkerIdentity, WorkerInfo } from '../worker-status.js';
import { type Crash, decideRestart, type RestartPolicy } from './restart-policy.js';
import type { WorkerProcess, WorkerProcessEvents } from './worker-process.js';

export interface SlotOptions {
  slot: number;
  role: string;
  restart: RestartPolicy;
  readyTimeoutMs: number;
  fork(identity: WorkerIdentity, events: WorkerProcessEvents): WorkerProcess;
}

/** What a slot reports. */
export interface SlotEvents {
  started(worker: WorkerInfo): void;
  ready(worker: WorkerInfo): void;
  exited(exit: WorkerExit): void;
  /** It was not ready in time; its exit follows. */
  unready(worker: WorkerInfo): void;
  /** It did not drain in time; its exit follows. */
  overdue(worker: WorkerInfo): void;
  /** A replacement comes after `delayMs`. */
  replacing(exit: WorkerExit, delayMs: number): void;
  /** The crash budget is spent; nothing follows. */
  gaveUp(exit: WorkerExit, crashes: number): void;
}

export class Slot {
  readonly #options: SlotOptions;
  readonly #events: SlotEvents;
  #generation = 0;
  #crashes: Crash[] = [];
  #current: WorkerProcess | undefined;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #gone: (() => void) | undefined;

  constructor(options: SlotOptions, events: SlotEvents) {
    this.#options = options;
    this.#events = events;
  }

  get process(): WorkerProcess | undefined {
    return this.#current;
  }

  get info(): WorkerInfo | undefined {
    return this.#current?.info;
  }

  start(): void {
    this.#generation += 1;
    const { slot, role, readyTimeoutMs } = this.#options;
    const identity = { slot, role, generation: this.#generation };
    const process = this.#options.fork(identity, {
      onReady: () => {
        clearTimeout(this.#timer);
        this.#events.ready(process.info);
      },
      onOverdue: () => this.#events.overdue(process.info),
      onExit: (exit) => this.#exited(exit),
    });
    this.#current = process;
    this.#timer = setTimeout(() => {
      this.#events.unready(process.info);
      process.kill();
    }, readyTimeoutMs);
    this.#events.started(process.info);
  }

  /** Drains the worker, if there is one, and settles when it is gone. Nothing is started after it. */
  stop(drainTimeoutMs: number): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const current = this.#current;
    if (!current) return Promise.resolve();
    return new Promise((resolve) => {
      this.#gone = resolve;
      current.drain(drainTimeoutMs);
    });
  }

  kill(): void {
    this.#current?.kill();
  }

  #exited(exit: WorkerExit): void {
    clearTimeout(this.#timer);
    this.#current = undefined;
    this.#events.exited(exit);
    if (this.#stopped) this.#gone?.();
    // Whoever asked it to drain and leave wants a new one in its place. It is no crash.
    else if (exit.planned && exit.code === 0) this.#startAfter(this.#options.restart.minDelayMs);
    else this.#followCrash(exit);
  }

  #followCrash(exit: WorkerExit): void {
    this.#crashes.push({ startedAt: exit.startedAt, exitedAt: Date.now() });
    // Older ones say nothing any more: both the window and the growing delay look at the last few.
    this.#crashes = this.#crashes.slice(-Math.max(this.#options.restart.maxCrashes, 16));
    const decision = decideRestart(this.#crashes, this.#options.restart, Math.random());
    if (decision.kind === 'give-up') {
      this.#events.gaveUp(exit, decision.crashes);
      return;
    }
    this.#events.replacing(exit, decision.delayMs);
    this.#startAfter(decision.delayMs);
  }

  #startAfter(delayMs: number): void {
    this.#timer = setTimeout(() => this.start(), delayMs);
  }
}
