/**
 * The contract of a link: one log that several machines append to and read.
 *
 * - All readers see the same entries in the same order. Each has a time: the clock is the log's, and never goes back from one
 *   entry to the next.
 * - The log keeps at least what was appended within its history. It may lose its end when it fails over, and all of it when
 *   it is restarted empty: then a reader is given entries again that it has seen, and no more than that. Whoever reads knows
 *   entries by what is in them.
 * - An append whose outcome is not known may happen later, or twice.
 * - What is only open keeps no process alive.
 */

export interface LogEntry {
  /** By the clock of the log, in milliseconds. */
  readonly atMs: number;
  readonly bytes: Buffer;
}

export interface LinkListener {
  /**
   * What came after the entries before. An empty list says that there is nothing more for now.
   *
   * @returns `false` to be given these entries again, a moment later
   */
  read(entries: readonly LogEntry[]): boolean;
  /** The log cannot be reached, or refuses what it is asked. Told for each attempt that fails. */
  trouble(error: Error): void;
}

export interface Link {
  /**
   * Reads what is appended from now on, until `close()`.
   *
   * Resolves when whatever is appended after that is read, with the time of the log; waits for as long as the log cannot be reached.
   */
  open(listener: LinkListener): Promise<number>;
  /**
   * Appends an entry. One append is under way at a time.
   *
   * Rejects where the log refuses it, or its outcome is not known; within `deadlineMs`.
   */
  append(bytes: Buffer): Promise<void>;
  close(): void;
}

export interface LinkOptions {
  /** Which log: machines of one group share it. */
  readonly group: string;
  /** How long the log keeps an entry, at least, in milliseconds. */
  readonly historyMs: number;
  /** How much the log keeps, about, in bytes. Goes before `historyMs`. */
  readonly historyBytes: number;
  /** How long an append may take, in milliseconds. */
  readonly deadlineMs: number;
}
