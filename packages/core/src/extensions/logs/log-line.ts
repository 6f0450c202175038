// One line that a worker printed.
import type { OutputName } from './kept-logs.js';

export interface LogLine {
  /** Milliseconds since the epoch: when its end arrived. */
  readonly at: number;
  readonly slot: number;
  readonly generation: number;
  readonly stream: OutputName;
  /** As it was printed, with whatever is in it; without its newline. Bytes that are not UTF-8 are U+FFFD. */
  readonly text: string;
}
