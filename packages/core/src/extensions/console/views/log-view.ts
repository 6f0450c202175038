// What workers printed, for pages: the last lines, and those that follow while a page wants them. What is printed faster than it
// is read is left out, as `muster logs` does.
import { clearTimeout, setTimeout } from 'node:timers';
import type { KeptLogs } from '../../logs/kept-logs.js';
import type { LogLine } from '../../logs/log-line.js';
import { LogReader } from '../../logs/log-reader.js';
import { recentLines } from '../../logs/recent-lines.js';

/** Milliseconds in which lines gather, and how many are told at most after each. */
const GATHER_MS = 200;
const MAX_LINES = 200;

/** Counts, as a query has them. */
export interface WantedLines {
  readonly slot: number | undefined;
  readonly n: number | undefined;
  readonly since: number | undefined;
}

/** @throws InvalidOptionError */
export function lastLines(logs: KeptLogs, { slot, n, since }: WantedLines): LogLine[] {
  return recentLines(new LogReader(logs, slot).read().lines, { count: n, since });
}

/**
 * Tells the lines that follow.
 *
 * @returns a function that ends it
 */
export function followLines(logs: KeptLogs, tell: (line: LogLine) => void): () => void {
  const end = new AbortController();
  const reader = new LogReader(logs);
  reader.read();
  let timer: NodeJS.Timeout | undefined;
  const next = async () => {
    await logs.changed(end.signal);
    if (end.signal.aborted || logs.over.aborted) return;
    timer = setTimeout(() => {
      for (const line of reader.read().lines.slice(-MAX_LINES)) tell(line);
      void next();
    }, GATHER_MS).unref();
  };
  void next();
  return () => {
    end.abort();
    clearTimeout(timer);
  };
}
