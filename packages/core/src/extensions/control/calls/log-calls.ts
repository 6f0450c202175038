/**
 * The calls for what workers printed last. `logs` gives what is kept, and begins to follow: each `moreLogs` of the same
 * connection gives the lines since, or waits for some. Nothing is sent that was not asked for, so a client that stops reading
 * costs nothing; it hears that it has missed lines.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import * as check from '../../../checks/option-checks.js';
import { InvalidOptionError } from '../../../errors.js';
import { atMost } from '../../../process/deadline.js';
import type { Supervision } from '../../extension.js';
import type { KeptLogs } from '../../logs/kept-logs.js';
import type { LogLine } from '../../logs/log-line.js';
import { LogReader } from '../../logs/log-reader.js';
import { recentLines } from '../../logs/recent-lines.js';
import type { Call } from '../protocol.js';
import type { CallHandler, Connection } from '../socket-server.js';
import { number } from './call-arguments.js';

/** Milliseconds for which an answer without lines waits for some. */
const WAIT_MS = 20_000;
/** Milliseconds at the end of the cluster for those who follow to ask for the last lines. */
const LAST_LINES_MS = 2_000;
/** Milliseconds in which lines gather before they are answered. */
const GATHER_MS = 50;

export interface LogsAnswer {
  readonly lines: readonly LogLine[];
  /** Whether lines before these are missing. */
  readonly missed: boolean;
  /** Which outputs of workers pass through the primary. */
  readonly outputs: 'all' | 'stderr';
  /** Nothing follows. */
  readonly isOver: boolean;
}

export class LogCalls {
  readonly #logs: KeptLogs;
  readonly #outputs: LogsAnswer['outputs'];
  readonly #readers = new Map<Connection, LogReader>();
  /** Those who follow, and have not heard that it is over. */
  readonly #followers = new Set<Connection>();
  #allTold = () => {};

  constructor(logs: KeptLogs, outputs: LogsAnswer['outputs']) {
    this.#logs = logs;
    this.#outputs = outputs;
  }

  handlers(supervision: Pick<Supervision, 'slotStatus'>): Record<string, CallHandler> {
    return {
      logs: (args, connection) => this.#recent(supervision, args, connection),
      moreLogs: (args, connection) => {
        check.objectOf('moreLogs', args, []);
        return this.#more(connection);
      },
    };
  }

  /** Settles when each follower has heard the last lines, or after a while: it may not read. */
  async lastLinesTold(): Promise<void> {
    if (this.#followers.size === 0) return;
    await atMost(
      LAST_LINES_MS,
      new Promise<void>((resolve) => {
        this.#allTold = resolve;
      }),
    );
  }

  #recent(
    supervision: Pick<Supervision, 'slotStatus'>,
    args: Call['args'],
    connection: Connection,
  ): LogsAnswer {
    const { slot, count, since } = check.objectOf('logs', args, ['slot', 'count', 'since']);
    const wanted = {
      ...(count !== undefined && { count: number('count', count) }),
      ...(since !== undefined && { since: number('since', since) }),
    };
    const of = slot === undefined ? undefined : number('slot', slot);
    // Throws if there is no such slot.
    if (of !== undefined) supervision.slotStatus(of);
    const reader = new LogReader(this.#logs, of);
    const lines = recentLines(reader.read().lines, wanted);
    this.#readers.set(connection, reader);
    connection.closed.addEventListener('abort', () => {
      this.#readers.delete(connection);
      this.#heardAll(connection);
    });
    return { lines, missed: false, outputs: this.#outputs, isOver: false };
  }

  async #more(connection: Connection): Promise<LogsAnswer> {
    const reader = this.#readers.get(connection);
    if (!reader) throw new InvalidOptionError('This connection has not asked for logs.');
    this.#followers.add(connection);
    const { over } = this.#logs;
    const tired = new AbortController();
    const end = () => tired.abort();
    const timer = setTimeout(end, WAIT_MS).unref();
    connection.closed.addEventListener('abort', end);
    let read = reader.read();
    while (read.lines.length === 0 && !over.aborted && !tired.signal.aborted) {
      await this.#logs.changed(tired.signal);
      await delay(GATHER_MS, undefined, { ref: false, signal: over }).catch(() => {});
      read = reader.read();
    }
    clearTimeout(timer);
    connection.closed.removeEventListener('abort', end);
    const isOver = over.aborted && read.lines.length === 0;
    if (isOver) this.#heardAll(connection);
    return { ...read, outputs: this.#outputs, isOver };
  }

  #heardAll(connection: Connection): void {
    this.#followers.delete(connection);
    if (this.#followers.size === 0) this.#allTold();
  }
}
