// Calls the extensions, one after the other. If one of them throws, the others are called all the same.

import { clearTimeout, setTimeout } from 'node:timers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { reasonOf } from '@muster/codec/thrown';
import type { ForkSettings, Log } from '../cluster-extension.js';
import type {
  ClusterStatus,
  UnavailablePart,
  WorkerExit,
  WorkerIdentity,
  WorkerVitals,
} from '../worker-status.js';
import type { Extension, Supervision, WorkerHandle } from './extension.js';
import { logFailure } from './failure.js';

/** Milliseconds after the start of a cluster, when its workers have begun to serve. */
const SETTLED_MS = 1_000;

export class ExtensionHost {
  #extensions: readonly Extension[];
  readonly #log: Log;
  readonly #unavailable: UnavailablePart[] = [];
  #preloadTimer: NodeJS.Timeout | undefined;

  constructor(extensions: readonly Extension[], log: Log) {
    this.#extensions = extensions;
    this.#log = log;
  }

  /** Extensions that failed to load or to start. Node keeps a failed `import()` for as long as the process lives. */
  get unavailable(): readonly UnavailablePart[] {
    return this.#unavailable;
  }

  async start(supervision: Supervision): Promise<void> {
    for (const extension of this.#extensions) {
      try {
        await extension.start?.(supervision);
      } catch (error) {
        if (!extension.mayFail) throw error;
        this.#extensions = this.#extensions.filter((other) => other !== extension);
        this.#switchedOff(extension, error);
      }
    }
  }

  /** From the next turn on: in this one, workers are forked. */
  async duringStart(supervision: Supervision): Promise<void> {
    await nextTurn();
    const all = this.#extensions.map(async (extension) => extension.duringStart?.(supervision));
    await Promise.allSettled(all);
    await Promise.all(all);
  }

  started(): void {
    this.#ask((extension) => extension.started?.());
    const load = async (extension: Extension) => {
      try {
        await extension.preload?.();
      } catch (error) {
        this.#switchedOff(extension, error);
      }
    };
    this.#preloadTimer = setTimeout(() => this.#extensions.forEach(load), SETTLED_MS).unref();
  }

  forkSettings(worker: WorkerIdentity): Required<ForkSettings> {
    const all = this.#ask((extension) => extension.forkSettings?.(worker));
    return {
      env: Object.assign({}, ...all.map(({ env }) => env)),
      execArgv: all.flatMap(({ execArgv = [] }) => execArgv),
    };
  }

  status(): Pick<ClusterStatus, 'machines'> {
    return Object.assign({}, ...this.#ask((extension) => extension.status?.()));
  }

  vitals(worker: WorkerIdentity): WorkerVitals {
    return Object.assign({}, ...this.#ask((extension) => extension.vitals?.(worker)));
  }

  workerForked(worker: WorkerHandle): void {
    this.#ask((extension) => extension.workerForked?.(worker));
  }

  workerReady(worker: WorkerHandle): void {
    this.#ask((extension) => extension.workerReady?.(worker));
  }

  workerExited(exit: WorkerExit): void {
    this.#ask((extension) => extension.workerExited?.(exit));
  }

  stopping(reason: string): void {
    this.#ask((extension) => extension.stopping?.(reason));
  }

  async stopped(): Promise<void> {
    clearTimeout(this.#preloadTimer);
    for (const extension of this.#extensions) {
      try {
        await extension.stopped?.();
      } catch (error) {
        this.#failed(extension, error);
      }
    }
  }

  #ask<Answer>(question: (extension: Extension) => Answer): NonNullable<Answer>[] {
    return this.#extensions.flatMap((extension) => {
      try {
        const answer = question(extension);
        // The rejection of an async method would otherwise end the primary.
        if (answer instanceof Promise) answer.catch((error) => this.#failed(extension, error));
        return answer ?? [];
      } catch (error) {
        this.#failed(extension, error);
        return [];
      }
    }) as NonNullable<Answer>[];
  }

  #switchedOff(extension: Extension, error: unknown): void {
    this.#unavailable.push({ name: extension.name, reason: reasonOf(error) });
    this.#failed(extension, error);
  }

  #failed({ name }: Extension, error: unknown): void {
    logFailure(this.#log, name, error);
  }
}
