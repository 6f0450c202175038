// Opens the entries of the log, and refuses those that no machine of this group and version wrote.

import { decodeEntry, type Entry } from '../entries/entry.js';
import { MAX_UNSEEN_MS, type Seal } from '../entries/seal.js';
import type { LogEntry } from '../link/link.js';

export class EntryReader {
  /** How many entries were refused. */
  refused = 0;
  readonly #id: string;
  readonly #seal: Seal;
  readonly #isSealed: boolean;

  /**
   * @param id of this machine, whose own entries may be old
   * @param isSealed whether others that are old are refused as well: somebody may have kept them
   */
  constructor(id: string, seal: Seal, isSealed: boolean) {
    this.#id = id;
    this.#seal = seal;
    this.#isSealed = isSealed;
  }

  /** @returns `undefined` for an entry that is refused. */
  open({ atMs, bytes }: LogEntry): Entry | undefined {
    const opened = this.#seal.open(bytes);
    const entry = opened && decodeEntry(opened);
    const isOld = this.#isSealed && entry && atMs - entry.seenMs > MAX_UNSEEN_MS;
    if (entry !== undefined && !(isOld && entry.machine !== this.#id)) return entry;
    this.refused++;
    return undefined;
  }
}
