// What a worker ran when it hung, and what it wrote last: both open on demand.
import type { StackFrame } from '@muster/core/console';
import { shown, shownLine } from '../../text/foreign-text.js';

const MOST_FRAMES = 64;
const MOST_LINES = 50;

export function Stack({ frames }: { frames: readonly StackFrame[] | undefined }) {
  if (!frames || frames.length === 0) return null;
  return (
    <details>
      <summary>What it ran</summary>
      <pre>{frames.slice(0, MOST_FRAMES).map(frameText).join('\n')}</pre>
    </details>
  );
}

export function LastWords({ stderr }: { stderr: readonly string[] | undefined }) {
  if (!stderr || stderr.length === 0) return null;
  return (
    <details>
      <summary>Its last words</summary>
      <pre>
        {stderr
          .slice(-MOST_LINES)
          .map((line) => shown(line, 1_000))
          .join('\n')}
      </pre>
    </details>
  );
}

function frameText({ name, file, line, column }: StackFrame): string {
  const place = `${shownLine(file)}:${line}:${column}`;
  return name === '' ? `at ${place}` : `at ${shownLine(name, 200)} (${place})`;
}
