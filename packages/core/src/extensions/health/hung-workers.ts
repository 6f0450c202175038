// Replaces a worker whose event loop does not turn, once its stack is known.
import { performance } from 'node:perf_hooks';
import { reasonOf } from '@muster/codec/thrown';
import { timeOfDay } from '@muster/codec/timers';
import type { Log } from '../../cluster-extension.js';
import { printable } from '../../text/printable.js';
import type { Replace } from './replacement.js';
import { newSilence } from './silence.js';
import type { HungReport } from './stack/hung-report.js';
import type { WorkerInspector } from './stack/worker-inspector.js';
import { describe, type WatchedWorker } from './watched-worker.js';

/** Characters of a sentence on why there is no stack. */
const MAX_REASON = 500;

export class HungWorkers {
  readonly #log: Log;
  readonly #replace: Replace;

  constructor(log: Log, replace: Replace) {
    this.#log = log;
    this.#replace = replace;
  }

  /** Call it when the `silence` of the worker is up to date. */
  check(worker: WatchedWorker): void {
    if (!worker.isHandled && isHung(worker)) void this.#handle(worker);
  }

  async #handle(worker: WatchedWorker): Promise<void> {
    worker.isHandled = true;
    const { handle } = worker;
    const silentMs = Math.round(worker.silence.silentMs);
    const { capture, text } = await reportHungWorker(worker.inspector);
    const fields = {
      ...handle.info,
      silentMs,
      ...(capture.kind === 'none' ? {} : { stack: capture.frames }),
    };
    const what = `${describe(handle)} has not turned its event loop for ${silentMs} ms`;
    if (handle.info.state === 'exited') return;
    if (capture.kind === 'held' || !isHung(worker)) {
      const why = capture.kind === 'held' ? 'a debugger holds it' : 'it runs again by now';
      this.#log.warn('worker.slow', `${what}; ${why}. ${text}`, fields);
      worker.silence = newSilence(performance.now());
      worker.isHandled = false;
      return;
    }
    handle.hangs({
      ...{ at: timeOfDay(), silentMs },
      ...(capture.kind === 'stack'
        ? { stack: capture.frames }
        : { stack: [], reason: printable(text, MAX_REASON) }),
    });
    this.#log.error('worker.hung', `${what}; it is replaced. ${text}`, fields);
    // The worker may have recovered when its successor is ready; then it has requests to finish.
    const then = () => (isHung(worker) ? 'kill' : 'drain');
    await this.#replace(worker, 'hung', { reason: 'it is hung', then });
  }
}

function isHung({ limits, silence }: WatchedWorker): boolean {
  return limits.hungAfterMs > 0 && silence.silentMs > limits.hungAfterMs;
}

/** Never rejects, even if the module cannot be loaded for lack of file descriptors. */
async function reportHungWorker(inspector: WorkerInspector): Promise<HungReport> {
  try {
    return await (await import('./stack/hung-report.js')).reportHungWorker(inspector);
  } catch (error) {
    const why = reasonOf(error);
    return { capture: { kind: 'none', why }, text: `Its stack could not be had: ${why}` };
  }
}
