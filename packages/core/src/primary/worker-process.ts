// One worker process, from its fork to its exit, as the primary sees it.
import cluster, { type Worker } from 'node:cluster';
import { assignMember, memberEnv } from '@muster/bus/cluster';
import { onControl, sendControl } from '../control.js';
import type { WorkerHandle } from '../extension.js';
import type { WorkerExit, WorkerIdentity, WorkerInfo, WorkerState } from '../worker-status.js';
import { watchHandoffs } from './handoffs.js';

/** What happens to a worker process, told at most once each and in this order. */
export interface WorkerProcessEvents {
  onReady(): void;
  /** It did not end within the time of its drain, and is killed. */
  onOverdue(): void;
  onExit(exit: WorkerExit): void;
}

export class WorkerProcess implements WorkerHandle {
  readonly slot: number;
  readonly generation: number;
  readonly role: string;
  readonly startedAt = Date.now();
  readonly #worker: Worker;
  readonly #events: WorkerProcessEvents;
  #state: WorkerState = 'starting';
  #drainable = false;
  #planned = false;
  #drained = false;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(identity: WorkerIdentity, env: Record<string, string>, events: WorkerProcessEvents) {
    this.slot = identity.slot;
    this.generation = identity.generation;
    this.role = identity.role;
    this.#events = events;
    this.#worker = cluster.fork({ ...env, ...memberEnv(identity) });
    assignMember(this.#worker, identity);
    watchHandoffs(this.#worker);
    onControl(this.#worker.process, (control) => {
      if (control.type === 'hello') this.#drainable = true;
      if (control.type === 'ready') this.#becomeReady();
      if (control.type === 'farewell') {
        this.#drained = true;
        void sendControl(this.#worker.process, control);
      }
    });
    this.#worker.once('exit', (code, signal) => this.#exit(code, signal as NodeJS.Signals | null));
    // A failed send or kill; where the process could not even be spawned, there will be no 'exit'.
    this.#worker.on('error', () => {
      if (this.#worker.process.pid === undefined) this.#exit(null, null);
    });
  }

  get process(): Worker['process'] {
    return this.#worker.process;
  }

  get info(): WorkerInfo {
    return {
      slot: this.slot,
      generation: this.generation,
      role: this.role,
      pid: this.#worker.process.pid ?? 0,
      state: this.#state,
      startedAt: this.startedAt,
    };
  }

  /** Asks it to finish what it accepted and to exit, and kills it after `timeoutMs`. */
  drain(timeoutMs: number): void {
    if (this.#state === 'draining' || this.#state === 'exited') return;
    this.#state = 'draining';
    this.#planned = true;
    // One that has not said hello yet accepted nothing, and would not hear the request.
    if (!this.#drainable) {
      this.kill();
      return;
    }
    void sendControl(this.#worker.process, { type: 'drain', timeoutMs });
    this.#killTimer = setTimeout(() => {
      this.#events.onOverdue();
      this.kill();
    }, timeoutMs);
  }

  kill(): void {
    this.#planned = true;
    this.#worker.process.kill('SIGKILL');
  }

  #becomeReady(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'ready';
    this.#events.onReady();
  }

  #exit(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#state === 'exited') return;
    clearTimeout(this.#killTimer);
    this.#state = 'exited';
    const planned = this.#planned || (this.#drained && code === 0);
    this.#events.onExit({ ...this.info, code, signal, planned, stderr: [] });
  }
}
