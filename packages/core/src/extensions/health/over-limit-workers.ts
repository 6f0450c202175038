// Replaces workers that are too big or too old, one at a time, so that the others serve.
import { performance } from 'node:perf_hooks';
import type { Log } from '../../cluster-extension.js';
import { type Candidate, nextOverLimit } from './over-limit.js';
import type { Replace } from './replacement.js';
import { describe, type WatchedWorker } from './watched-worker.js';

export class OverLimitWorkers {
  readonly #log: Log;
  readonly #replace: Replace;
  #isReplacing = false;
  /** The slot whose worker is replaced for its memory at the moment. */
  #slotOverMemory: number | undefined;

  constructor(log: Log, replace: Replace) {
    this.#log = log;
    this.#replace = replace;
  }

  get slotOverMemory(): number | undefined {
    return this.#slotOverMemory;
  }

  /** @param workers that serve */
  check(workers: readonly WatchedWorker[]): void {
    if (this.#isReplacing) return;
    const free = workers.filter(({ isHandled }) => !isHandled);
    const overLimit = nextOverLimit(free.map(candidate));
    const worker = free.find(
      ({ handle }) => handle.slot === overLimit?.slot && handle.generation === overLimit.generation,
    );
    if (worker && overLimit) void this.#handle(worker, overLimit.cause);
  }

  async #handle(worker: WatchedWorker, cause: 'memory' | 'age'): Promise<void> {
    this.#isReplacing = true;
    const { handle, heartbeat, limits } = worker;
    const ageMs = Math.round(performance.now() - worker.forkedAt);
    const reason =
      cause === 'memory'
        ? `it has ${megabytes(heartbeat?.ownBytes)} of memory, and health.maxRssBytes is ${megabytes(limits.maxRssBytes)}`
        : `it is ${Math.round(ageMs / 1_000)} s old, and health.maxAgeMs is ${limits.maxAgeMs}`;
    this.#log.info(`worker.${cause}`, `${describe(handle)} is replaced: ${reason}.`, {
      ...handle.info,
      ...(heartbeat && { ownBytes: heartbeat.ownBytes, rssBytes: heartbeat.rssBytes }),
      ageMs,
    });
    this.#slotOverMemory = cause === 'memory' ? handle.slot : undefined;
    await this.#replace(worker, cause, { reason });
    this.#slotOverMemory = undefined;
    this.#isReplacing = false;
  }
}

function candidate({ handle, limits, heartbeat, forkedAt, afterMemory }: WatchedWorker): Candidate {
  const { slot, generation } = handle;
  const ageMs = performance.now() - forkedAt;
  return { slot, generation, limits, ownBytes: heartbeat?.ownBytes, ageMs, afterMemory };
}

function megabytes(bytes = 0): string {
  return `${Math.round(bytes / 1_048_576)} MB`;
}
