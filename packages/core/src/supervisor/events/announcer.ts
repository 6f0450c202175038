// Announces everything that happens: to the extensions first, then to the app's hooks and listeners, then to the log.

import { EventEmitter } from 'node:events';
import { textOfThrown } from '@muster/codec/thrown';
import { timeOfDay } from '@muster/codec/timers';
import type { ClusterEvents } from '../../cluster.js';
import type { Log } from '../../cluster-extension.js';
import type { WorkerHandle } from '../../extensions/extension.js';
import type { ExtensionHost } from '../../extensions/extension-host.js';
import type { Hooks } from '../../hooks.js';
import { exitText } from '../../text/exit-text.js';
import type { WorkerExit, WorkerInfo } from '../../worker-status.js';

export class Announcer {
  readonly log: Log;
  readonly #extensions: ExtensionHost;
  readonly #hooks: Hooks;
  readonly #emitter = new EventEmitter();

  constructor(log: Log, extensions: ExtensionHost, hooks: Hooks) {
    this.log = log;
    this.#extensions = extensions;
    this.#hooks = hooks;
    this.#emitter.setMaxListeners(0);
  }

  on<Name extends keyof ClusterEvents>(
    name: Name,
    listener: (event: ClusterEvents[Name]) => void,
  ): () => void {
    this.#emitter.on(name, listener);
    return () => this.#emitter.off(name, listener);
  }

  workerForked(worker: WorkerHandle): void {
    this.#extensions.workerForked(worker);
    this.#guard('the hook onWorkerStart', () => this.#hooks.onWorkerStart?.(worker.info));
    this.emit('workerStart', worker.info);
  }

  /** `logged`: whether the log has a line for it. */
  workerReady(worker: WorkerHandle, logged: boolean): void {
    this.#extensions.workerReady(worker);
    this.#guard('the hook onWorkerReady', () => this.#hooks.onWorkerReady?.(worker.info));
    this.emit('workerReady', worker.info);
    if (!logged) return;
    const startMs = timeOfDay() - worker.info.startedAt;
    const fields = { ...fieldsOf(worker.info), startMs };
    this.log.info('worker.ready', `${describe(worker.info)} is ready after ${startMs} ms`, fields);
  }

  workerExited(exit: WorkerExit, logged: boolean): void {
    this.#extensions.workerExited(exit);
    this.#guard('the hook onWorkerExit', () => this.#hooks.onWorkerExit?.(exit));
    this.emit('workerExit', exit);
    if (!logged) return;
    const { code, signal, planned, outOfMemory, expelled, spawnError } = exit;
    const level = planned ? 'info' : 'warn';
    this.log[level]('worker.exit', `${describe(exit)} ${exitText(exit)}`, {
      ...fieldsOf(exit),
      code,
      signal,
      planned,
      ...(outOfMemory && { outOfMemory }),
      ...(expelled !== undefined && { expelled }),
      ...(spawnError !== undefined && { spawnError }),
    });
  }

  stopping(reason: string): void {
    this.#extensions.stopping(reason);
    this.#guard('the hook onStopping', () => this.#hooks.onStopping?.({ reason }));
    this.emit('stopping', { reason });
    this.log.info('cluster.stop', `the cluster stops: ${reason}`, { reason });
  }

  /** Calls the listeners only. If one throws, that is logged as a failure of the app, and supervision goes on. */
  emit<Name extends keyof ClusterEvents>(name: Name, event: ClusterEvents[Name]): void {
    for (const listener of this.#emitter.listeners(name)) {
      this.#guard(`a listener of '${name}'`, () => listener(event));
    }
  }

  #guard(what: string, call: () => unknown): void {
    const failed = (error: unknown) => {
      const message = `${what} failed; supervision goes on: ${textOfThrown(error)}`;
      this.log.error('app.failed', message, { error });
    };
    try {
      // The rejection of an async function would otherwise end the primary.
      Promise.resolve(call()).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

export function describe({ role, slot, pid, generation }: WorkerInfo): string {
  const name = role === 'worker' ? 'worker' : `worker of ${role}`;
  return `${name} ${slot} (pid ${pid}, generation ${generation})`;
}

export function fieldsOf({ slot, generation, role, pid }: WorkerInfo): Record<string, unknown> {
  return { slot, generation, role, pid };
}
