// A stack as lines, in the same words in the log and in `muster describe`.
import type { StackFrame } from '../worker-status.js';

/** Such as `    at handler (/app/server.js:3:5)`. */
export function stackLines(frames: readonly StackFrame[]): string[] {
  return frames.map(({ name, file, line, column }) => {
    const at = `${file}:${line}:${column}`;
    return name ? `    at ${name} (${at})` : `    at ${at}`;
  });
}
