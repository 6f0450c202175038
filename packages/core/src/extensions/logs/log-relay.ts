/**
 * Passes on what workers print, and keeps the last of it for `muster logs`: always their stderr, and their stdout unless they
 * print it themselves (`logs: 'inherit'`).
 */
import type { Readable } from 'node:stream';
import type { Log } from '../../cluster-extension.js';
import { atMost } from '../../process/deadline.js';
import { LineSplitter } from '../../text/line-splitter.js';
import type { Extension } from '../extension.js';
import type { KeptLogs } from './kept-logs.js';
import type { LogFile } from './log-file.js';
import { PacedReading } from './paced-reading.js';
import { RelayTarget } from './relay-target.js';

/** Milliseconds at the end of the cluster for the last lines to arrive: a child of a worker may keep its output open. */
const LAST_LINES_MS = 2_000;
const NEWLINE = Buffer.from('\n');

interface LogRelayOptions {
  /** Whether each line begins with its slot. */
  readonly prefix: boolean;
  /** How many there are; with one, its name says nothing. */
  readonly roles: number;
  readonly kept: KeptLogs;
  /** Opens the file for what they print, if there is one. */
  readonly openFile?: (log: Log) => Promise<LogFile>;
}

export function createLogRelay({ prefix, roles, kept, openFile }: LogRelayOptions): Extension {
  // Opened with the first worker, because that takes two milliseconds of a start.
  let outputs: Record<'stdout' | 'stderr', RelayTarget> | undefined;
  const relays = new Set<Promise<void>>();
  const pacing = new PacedReading();
  let file: LogFile | undefined;

  return {
    name: 'log relay',
    async start({ log }) {
      file = await openFile?.(log);
    },
    workerForked({ slot, generation, role, process: child }) {
      const name = roles > 1 ? `${role}.${slot}` : `${slot}`;
      for (const output of ['stdout', 'stderr'] as const) {
        const source = child[output];
        if (!source) continue;
        outputs ??= {
          stdout: new RelayTarget(process.stdout),
          stderr: new RelayTarget(process.stderr),
        };
        const own = kept.open({ slot, generation, role }, output);
        source.on('data', own.add);
        source.once('close', own.end);
        const start = prefix ? `${name} | ` : undefined;
        const relay = outputs[output].relay(source, start);
        if (file) writeLines(source, file, start);
        pacing.pace(source);
        relays.add(relay);
        void relay.then(() => relays.delete(relay));
      }
    },
    /** Output that still waits for a reader is written at the exit of the process at the latest (reliable-output.ts). */
    async stopped() {
      await atMost(LAST_LINES_MS, Promise.all(relays));
      kept.close();
      await file?.close();
    },
  };
}

/** Whole lines, so that two workers never share one. */
function writeLines(source: Readable, file: LogFile, start = ''): void {
  const splitter = new LineSplitter();
  const before = Buffer.from(start);
  const write = (lines: Buffer[]) => {
    if (lines.length > 0)
      file.write(Buffer.concat(lines.flatMap((line) => [before, line, NEWLINE])));
  };
  source.on('data', (chunk: Buffer) => write(splitter.push(chunk)));
  source.once('close', () => write(splitter.end()));
}
