// The report on a worker whose event loop does not turn: what it runs, in words and as fields of the log.
import { procStat } from '../../../process/proc-stat.js';
import { stackLines } from '../../../text/stack-text.js';
import { describeState, isStopped } from './process-state.js';
import { type Capture, captureStack } from './stack-capture.js';
import type { WorkerInspector } from './worker-inspector.js';

/** Milliseconds for a stack. It usually takes a tenth of a second, if the machine is not busy. */
const CAPTURE_MS = 5_000;

export interface HungReport {
  readonly capture: Capture;
  /** Sentences about what it does; the stack, if there is one, on separate lines. */
  readonly text: string;
}

/** Never rejects. */
export async function reportHungWorker(inspector: WorkerInspector): Promise<HungReport> {
  const before = procStat(inspector.pid);
  // A stopped process would open its inspector only when it goes on, for nobody.
  const capture: Capture = isStopped(before)
    ? { kind: 'none', why: 'no JavaScript of it runs' }
    : await captureStack(inspector, CAPTURE_MS);
  if (capture.kind !== 'none')
    return { capture, text: `It runs:\n${stackLines(capture.frames).join('\n')}` };
  const state = describeState(before, procStat(inspector.pid));
  return { capture, text: `Its stack could not be had: ${capture.why}. ${state}`.trim() };
}
