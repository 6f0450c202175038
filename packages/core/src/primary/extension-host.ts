// Tells the extensions what happens, one after the other; what one of them throws harms no other.
import type { Extension, ForkSettings, Supervision, WorkerHandle } from '../extension.js';
import type { WorkerExit, WorkerIdentity, WorkerVitals } from '../worker-status.js';
import type { Log } from './log.js';

export class ExtensionHost {
  readonly #extensions: readonly Extension[];
  readonly #log: Log;

  constructor(extensions: readonly Extension[], log: Log) {
    this.#extensions = extensions;
    this.#log = log;
  }

  async start(supervision: Supervision): Promise<void> {
    for (const extension of this.#extensions) await extension.start?.(supervision);
  }

  forkSettings(worker: WorkerIdentity): Required<ForkSettings> {
    const all = this.#ask((extension) => extension.forkSettings?.(worker));
    return {
      env: Object.assign({}, ...all.map(({ env }) => env)),
      execArgv: all.flatMap(({ execArgv = [] }) => execArgv),
    };
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
        return question(extension) ?? [];
      } catch (error) {
        this.#failed(extension, error);
        return [];
      }
    }) as NonNullable<Answer>[];
  }

  #failed({ name }: Extension, error: unknown): void {
    this.#log.error('extension.failed', `${name} failed; supervision goes on: ${String(error)}`, {
      extension: name,
      error,
    });
  }
}
