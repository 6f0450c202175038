// Keeps the last lines that workers print: stderr passes through the primary, so that they can explain a failed start.

import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { channelStdio } from '@muster/bus/assign-member';
import { atMost } from '../../process/deadline.js';
import { LastLines } from '../../text/last-lines.js';

/** Milliseconds by which the end of a worker's output may follow its exit: a child process may hold the pipe. */
const LATE_MS = 250;

/** A stack trace with its cause, and the message above it. */
const MAX_LINES = 50;

export interface CapturedOutput {
  /** The last lines of stderr, when all of it was read. Call it when the process has ended. */
  ended(): Promise<string[]>;
}

/** The `stdio` for `fork()`, which makes the output available. `keep`: stdout as well. */
export function stdioOf(keep: boolean): ('inherit' | 'pipe' | 'ipc')[] {
  return ['inherit', keep ? 'pipe' : 'inherit', 'pipe', 'ipc', ...channelStdio];
}

/** Call it right after the fork. */
export function captureOutput({ stdout, stderr }: ChildProcess): CapturedOutput {
  const lines = new LastLines(MAX_LINES);
  stderr?.on('data', (chunk: Buffer) => lines.push(chunk));
  const closed = new Promise<void>((resolve) => {
    if (stderr) stderr.once('close', resolve);
    else resolve();
  });
  return {
    async ended() {
      await atMost(LATE_MS, closed);
      // A primary that was busy for so long has not read yet what is there.
      for (let turns = 0; turns < 2; turns += 1) await nextTurn();
      // A process that still holds the pipe prints through the primary, but does not keep it alive.
      for (const stream of [stdout, stderr]) (stream as Socket | null)?.unref();
      lines.end();
      return lines.lines();
    },
  };
}
