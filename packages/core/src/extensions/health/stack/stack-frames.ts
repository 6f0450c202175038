// The frames of a paused stack, read from the message of a debugger, which may be anything.
import { fileURLToPath } from 'node:url';
import { printable } from '../../../text/printable.js';
import type { StackFrame } from '../../../worker-status.js';

/** Enough to show where it is, although a recursion may have thousands. */
const MAX_FRAMES = 64;
const MAX_NAME = 200;
const MAX_FILE = 500;

/**
 * The frames in the parameters of `Debugger.paused`, the innermost first. Anything that is not a frame is left out, and all
 * text is made printable for the log.
 */
export function readFrames(paused: unknown, scripts: ReadonlyMap<string, string>): StackFrame[] {
  const { callFrames } = fieldsOf(paused);
  if (!Array.isArray(callFrames)) return [];
  return callFrames.slice(0, MAX_FRAMES).flatMap((frame: unknown) => {
    const { functionName, location } = fieldsOf(frame);
    const { scriptId, lineNumber, columnNumber = 0 } = fieldsOf(location);
    if (typeof functionName !== 'string' || typeof scriptId !== 'string') return [];
    if (!isPlace(lineNumber) || !isPlace(columnNumber)) return [];
    return {
      name: printable(functionName, MAX_NAME),
      file: printable(pathOf(scripts.get(scriptId) ?? ''), MAX_FILE),
      line: lineNumber + 1,
      column: columnNumber + 1,
    };
  });
}

/** The id of the innermost frame, for further questions to the debugger. */
export function innermostFrame(paused: unknown): string | undefined {
  const { callFrames } = fieldsOf(paused);
  const { callFrameId } = fieldsOf(Array.isArray(callFrames) ? callFrames[0] : undefined);
  return typeof callFrameId === 'string' ? callFrameId.slice(0, MAX_NAME) : undefined;
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function pathOf(url: string): string {
  try {
    return url.startsWith('file://') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
