/**
 * Operations on the cluster, one after the other, in the order of the calls. An operation that has a key and still waits is
 * shared by all callers with the same key. `stop` ends the operation that runs, and rejects those that wait or come later.
 */
import { unlessAborted } from '../process/deadline.js';

export interface Operation<Result> {
  readonly kind: 'start' | 'reload' | 'scale' | 'replace';
  /** A caller with the same key shares the operation while it waits. */
  readonly key?: string;
  /** The signal is aborted when the queue stops, and when every caller has given up. */
  run(signal: AbortSignal): Promise<Result>;
}

interface Entry {
  readonly key: string | undefined;
  readonly controller: AbortController;
  /** Rejects as soon as the entry is aborted, even if the operation still runs. */
  readonly result: Promise<unknown>;
  /** How many callers still want the result. */
  callers: number;
}

export class OperationQueue {
  readonly #entries = new Set<Entry>();
  readonly #waiting = new Map<string, Entry>();
  #tail: Promise<unknown> = Promise.resolve();
  #running: Operation<unknown>['kind'] | undefined;
  #stopped: Error | undefined;

  /** Whether nothing runs or waits. */
  get isIdle(): boolean {
    return this.#entries.size === 0;
  }

  get running(): Operation<unknown>['kind'] | undefined {
    return this.#running;
  }

  /** Rejects with the reason of `signal` as soon as that is aborted, also while other callers still want the result. */
  run<Result>(operation: Operation<Result>, signal?: AbortSignal): Promise<Result> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const shared = operation.key === undefined ? undefined : this.#waiting.get(operation.key);
    const entry = shared ?? this.#add(operation);
    entry.callers += 1;
    const result = entry.result as Promise<Result>;
    return signal === undefined ? result : this.#until(signal, entry, result);
  }

  /** Settles when the operation that ran has ended, which may be early. */
  async stop(reason: Error): Promise<void> {
    this.#stopped = reason;
    for (const entry of this.#entries) this.#abort(entry, reason);
    await this.#tail;
  }

  #add<Result>(operation: Operation<Result>): Entry {
    const controller = new AbortController();
    const { signal } = controller;
    const finished = this.#tail.then(async () => {
      this.#forget(entry);
      signal.throwIfAborted();
      this.#running = operation.kind;
      return operation.run(signal);
    });
    this.#tail = finished
      .catch(() => {})
      .then(() => {
        this.#running = undefined;
        this.#entries.delete(entry);
      });
    const result = unlessAborted(finished, signal);
    const entry: Entry = { key: operation.key, controller, result, callers: 0 };
    this.#entries.add(entry);
    if (operation.key !== undefined) this.#waiting.set(operation.key, entry);
    return entry;
  }

  #until<Result>(signal: AbortSignal, entry: Entry, result: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        reject(signal.reason);
        entry.callers -= 1;
        if (entry.callers === 0) this.#abort(entry, signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      const done = () => signal.removeEventListener('abort', giveUp);
      result.then(resolve, reject).finally(done);
    });
  }

  #abort(entry: Entry, reason: unknown): void {
    this.#forget(entry);
    entry.controller.abort(reason);
  }

  /** From here on no other caller can share the entry. */
  #forget(entry: Entry): void {
    if (entry.key !== undefined && this.#waiting.get(entry.key) === entry) {
      this.#waiting.delete(entry.key);
    }
  }
}
