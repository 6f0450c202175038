// The news of a worker whose event loop does not turn: what it does, in words and as fields of the log.
import type { WorkerInfo } from '../../worker-status.js';
import { describeState, processState } from './process-state.js';
import { type Capture, captureStack, type StackFrame } from './stack-capture.js';

/** Milliseconds for a stack; one that can be had comes in a tenth of it. */
const CAPTURE_MS = 2_000;

export interface Findings {
  readonly capture: Capture;
  /** Sentences on what it does; the stack, if there is one, in lines of its own. */
  readonly text: string;
}

/** `port`: where its inspector is to listen; 0 where it has none. Never rejects. */
export async function examine({ pid }: WorkerInfo, port: number): Promise<Findings> {
  const before = processState(pid);
  const capture: Capture =
    port > 0
      ? await captureStack(pid, port, CAPTURE_MS)
      : { kind: 'none', why: 'there was no free port for its inspector' };
  if (capture.kind !== 'none') return { capture, text: `It runs:\n${stackText(capture.frames)}` };
  const state = describeState(before, processState(pid));
  return { capture, text: `Its stack could not be had: ${capture.why}. ${state}`.trim() };
}

function stackText(frames: readonly StackFrame[]): string {
  return frames
    .map(({ name, file, line, column }) => {
      const at = `${file}:${line}:${column}`;
      return name ? `    at ${name} (${at})` : `    at ${at}`;
    })
    .join('\n');
}
