// Replaces an unhealthy worker, replacement first, and counts it.
import { setTimeout } from 'node:timers';
import type { ReplaceOptions } from '../../cluster-extension.js';
import type { Supervision } from '../extension.js';
import { describe, type WatchedWorker } from './watched-worker.js';

/** Milliseconds until a worker whose successor failed may be replaced again. */
const RETRY_MS = 30_000;

export type ReplacementCause = 'hung' | 'memory' | 'age';

/** Settles when the worker is replaced, or when its successor has failed, which is logged. Never rejects. */
export type Replace = (
  worker: WatchedWorker,
  cause: ReplacementCause,
  options: Pick<ReplaceOptions, 'reason' | 'then'>,
) => Promise<void>;

/** @param counts is increased: how many workers were replaced, and why */
export function createReplace(
  supervision: Supervision,
  counts: Record<ReplacementCause, number>,
): Replace {
  return async (worker, cause, options) => {
    counts[cause] += 1;
    worker.isHandled = true;
    const { handle } = worker;
    const { slot, generation } = handle;
    try {
      await supervision.replace(slot, { ...options, generation });
    } catch (error) {
      supervision.log.warn(
        'worker.unreplaced',
        `${describe(handle)} was to be replaced (${options.reason}); its successor failed: ${String(error)}`,
        { ...handle.info, error },
      );
      setTimeout(() => {
        worker.isHandled = false;
      }, RETRY_MS).unref();
    }
  };
}
