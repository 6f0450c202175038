// One worker process, from its fork until its exit is announced, as the primary sees it.

import type { Worker } from 'node:cluster';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { clearTimer, setTimer, type Timer, timeOfDay } from '@muster/codec/timers';
import { onLifecycle, sendLifecycle } from '../../channel/lifecycle-message.js';
import type { WorkerHandle } from '../../extensions/extension.js';
import { trace } from '../../process/trace.js';
import type {
  Hang,
  WorkerExit,
  WorkerIdentity,
  WorkerInfo,
  WorkerState,
} from '../../worker-status.js';
import type { ConnectionGate } from '../guard/handoffs.js';
import { whenAcceptedAreHandedOver } from './listening-sockets.js';
import { outOfMemory } from './out-of-memory.js';
import type { Release } from './release.js';
import { spawnErrorText } from './spawn-error.js';
import type { WorkerAddresses } from './worker-addresses.js';
import type { CapturedOutput } from './worker-output.js';

/**
 * `'ready'`: the worker serves. `'retires'`: somebody asked the worker to end, and it asks for a successor. `'leaves'`: the
 * worker drains by itself, or it closed its channel, without which it can be given no connections. `'ended'`: the process
 * is gone; what it held may not be free yet.
 */
export type ProcessEvent = 'ready' | 'retires' | 'leaves' | 'ended';

/** Milliseconds from the end of the channel until the exit of a process is known. */
const EXIT_FOLLOWS_MS = 50;
/** Milliseconds that Node has to end a worker which exits, and to write what it was asked for: a profile, the coverage. */
const EXIT_TIMEOUT_MS = 5_000;

export interface WorkerProcessOptions {
  readonly identity: WorkerIdentity;
  readonly release: Release;
  readonly worker: Worker;
  readonly output: CapturedOutput;
  readonly gate: ConnectionGate;
  /** Holds the addresses that the worker reports. */
  readonly addresses: WorkerAddresses;
  readonly opensInspectorInSecret: boolean;
  /** Whether it is not ready because none of its servers listens, while its predecessor had one. */
  lacksServer(): boolean;
  /** Called when it did not exit within the time of its drain, and is killed. */
  overdue(process: WorkerProcess): void;
  /** Called when Node did not end it within that many milliseconds after it had begun to exit, and it is killed. */
  stuck(process: WorkerProcess, exitCode: number, afterMs: number): void;
  /** Called at once with what happens to it. */
  on(event: ProcessEvent): void;
  /** Whether the kernel has killed a process of this cgroup for lack of memory since the last call. */
  oomKilled(): boolean;
  /** Runs between its exit and the announcement of the exit. Never rejects. */
  settle(exit: WorkerExit): Promise<void>;
}

export class WorkerProcess implements WorkerHandle {
  readonly slot: number;
  readonly generation: number;
  readonly role: string;
  readonly release: Release;
  readonly startedAt = timeOfDay();
  /** Settles when it is gone and what it held is free. Never rejects. */
  readonly exited: Promise<WorkerExit>;
  readonly #options: WorkerProcessOptions;
  #state: WorkerState = 'starting';
  #readyAt: number | undefined;
  #drainable = false;
  #planned = false;
  #killed = false;
  #expelled: string | undefined;
  #hang: Hang | undefined;
  #spawnError: Error | undefined;
  #drained = false;
  #retires = false;
  #hasHeld = false;
  #killTimer: Timer | undefined;
  #exitTimer: Timer | undefined;
  /** What it had begun to exit with, if it was killed for not coming to an end. */
  #stuckWith: number | undefined;

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    const { identity, release, worker } = options;
    this.slot = identity.slot;
    this.generation = identity.generation;
    this.role = identity.role;
    this.release = release;
    onLifecycle(worker.process, (message) => {
      if (message.type === 'hello') this.#drainable = true;
      if (message.type === 'ready') this.#becomeReady();
      if (message.type === 'retire') this.#retire();
      if (message.type === 'listens') options.addresses.update(message.addresses);
      if (message.type === 'farewell') this.#farewell();
      if (message.type === 'holds') this.#hasHeld = true;
      if (message.type === 'exits') this.#exits(message.code);
    });
    this.exited = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      worker.once('exit', (code, signal) => resolve([code, signal as NodeJS.Signals | null]));
      // A failed send or kill. If the process could not even be spawned, there will be no 'exit'.
      worker.on('error', (error) => {
        if (worker.process.pid !== undefined) return;
        this.#spawnError ??= error;
        options.on('ended');
        resolve([null, null]);
      });
    }).then(([code, signal]) => {
      const isStuck = signal === 'SIGKILL' && this.#stuckWith !== undefined;
      return isStuck ? this.#exit(this.#stuckWith ?? null, null) : this.#exit(code, signal);
    });
    worker.once('exit', () => options.on('ended'));
    worker.process.once('disconnect', () => this.#cutOff());
  }

  get process(): Worker['process'] {
    return this.#options.worker.process;
  }

  get info(): WorkerInfo {
    return {
      slot: this.slot,
      generation: this.generation,
      role: this.role,
      pid: this.process.pid ?? 0,
      state: this.#state,
      startedAt: this.startedAt,
    };
  }

  get addresses(): WorkerAddresses {
    return this.#options.addresses;
  }

  get takesConnections(): boolean {
    return this.#options.gate.open;
  }

  /** Why there is no process. */
  get spawnError(): Error | undefined {
    return this.#spawnError;
  }

  get opensInspectorInSecret(): boolean {
    return this.#options.opensInspectorInSecret;
  }

  /** From here on it is offered connections. */
  openGate(): void {
    this.#options.gate.open = true;
  }

  /** Whether it had a lock or a job of the shared store. */
  get hasHeld(): boolean {
    return this.#hasHeld;
  }

  get lacksServer(): boolean {
    return this.#options.lacksServer();
  }

  /** On the clock of `performance.now()`. */
  get readyAt(): number | undefined {
    return this.#readyAt;
  }

  /** Asks it to finish what it accepted and to exit, and kills it after `timeoutMs`. */
  drain(timeoutMs: number): void {
    if (this.#state === 'draining' || this.#state === 'exited') return;
    this.#state = 'draining';
    this.#planned = true;
    // A worker that has not sent `hello` has accepted nothing, and would not get the message.
    if (!this.#drainable) {
      this.kill();
      return;
    }
    void whenAcceptedAreHandedOver().then(() => {
      void sendLifecycle(this.process, { type: 'drain', timeoutMs });
    });
    this.#killAfter(timeoutMs);
  }

  /** The worker drains by itself, and is killed after `timeoutMs`. */
  limitDrain(timeoutMs: number): void {
    if (this.#state === 'draining' || this.#state === 'exited') return;
    this.#state = 'draining';
    this.#killAfter(timeoutMs);
  }

  kill(): void {
    this.#planned = true;
    this.#killed = true;
    this.process.kill('SIGKILL');
  }

  /** Another part of the primary kills the worker for what it sent. */
  expelled(why: string): void {
    this.#killed = true;
    this.#expelled = why;
  }

  hangs(hang: Hang): void {
    this.#hang = hang;
  }

  get hang(): Hang | undefined {
    return this.#hang;
  }

  #killAfter(timeoutMs: number): void {
    this.#killTimer = setTimer(() => {
      this.#options.overdue(this);
      this.kill();
    }, timeoutMs);
  }

  /** The answer promises a successor, however long that takes. */
  #retire(): void {
    if (this.#retires) return;
    this.#retires = true;
    void sendLifecycle(this.process, { type: 'retire' });
    this.#options.on('retires');
  }

  /** The worker takes no more connections, whether or not it was asked to drain. */
  #farewell(): void {
    this.#drained = true;
    void sendLifecycle(this.process, { type: 'farewell' });
    this.#options.on('leaves');
  }

  /** Nothing of the app runs any more. */
  #exits(code: number): void {
    this.#options.gate.open = false;
    this.#exitTimer ??= setTimer(() => {
      this.#stuckWith = code;
      this.#options.stuck(this, code, EXIT_TIMEOUT_MS);
      this.process.kill('SIGKILL');
    }, EXIT_TIMEOUT_MS);
  }

  /** Usually the exit follows within moments, and then that counts. */
  #cutOff(): void {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const timer = setTimeout(() => this.#options.on('leaves'), EXIT_FOLLOWS_MS);
    this.#options.worker.once('exit', () => clearTimeout(timer));
  }

  #becomeReady(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'ready';
    this.#readyAt = performance.now();
    this.#options.on('ready');
  }

  async #exit(code: number | null, signal: NodeJS.Signals | null): Promise<WorkerExit> {
    clearTimer(this.#killTimer);
    clearTimer(this.#exitTimer);
    this.#state = 'exited';
    trace('slot %d: generation %d exited: %s', this.slot, this.generation, signal ?? code);
    const planned = this.#planned || (this.#drained && code === 0);
    const stderr = await this.#options.output.ended();
    const memory = outOfMemory({ code, signal, stderr }, this.#killed, this.#options.oomKilled);
    // Hooks, extensions and the log are given the same object.
    const exit = Object.freeze({
      ...{ ...this.info, code, signal, planned, stderr: Object.freeze(stderr) },
      ...(memory && { outOfMemory: memory }),
      ...(this.#expelled !== undefined && { expelled: this.#expelled }),
      ...(this.#hang && { hang: this.#hang }),
      ...(this.#spawnError && { spawnError: spawnErrorText(this.#spawnError) }),
    });
    await this.#options.settle(exit);
    return exit;
  }
}
