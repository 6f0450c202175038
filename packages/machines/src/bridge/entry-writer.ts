// Appends entries to the log, each under a number of its own, until the log has taken them.

import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers';
import { type Content, type Entry, encodeEntry } from '../entries/entry.js';
import type { Seal } from '../entries/seal.js';
import type { Link } from '../link/link.js';
import type { Group } from '../peers/group.js';
import type { LinkHealth } from './link-health.js';
import type { Item, Outgoing } from './outgoing.js';

/** Between two attempts to append: from the first to the most, in milliseconds. */
const RETRY_MS = 50;
const MAX_RETRY_MS = 500;

interface EntryWriterParts {
  readonly link: Link;
  readonly seal: Seal;
  readonly group: Group;
  readonly outgoing: Outgoing;
  readonly health: LinkHealth;
}

export class EntryWriter {
  readonly #parts: EntryWriterParts;
  #seq = 0;
  #hasAppended = false;
  #isClosed = false;

  constructor(parts: EntryWriterParts) {
    this.#parts = parts;
  }

  /** Whether an entry was appended since this was asked last. */
  takeHasAppended(): boolean {
    const had = this.#hasAppended;
    this.#hasAppended = false;
    return had;
  }

  /** Numbers begin anew. */
  startEpoch(): void {
    this.#seq = 0;
  }

  /** Resolves when the entry is appended, or its epoch is over. */
  async write(items: readonly Item[]): Promise<void> {
    const { group, outgoing, health } = this.#parts;
    const { epoch } = group.self;
    const seq = ++this.#seq;
    const { content } = items[0] as Item;
    const sections = items.flatMap(({ batch }) => batch?.sections ?? []);
    const bytes = sections.reduce((all, section) => all + section.bytes.length, 0);
    outgoing.written({ epoch, seq, items, bytes, at: performance.now() });
    for (let waitMs = RETRY_MS; !this.#isClosed; waitMs = Math.min(waitMs * 2, MAX_RETRY_MS)) {
      try {
        // The number is the same at each attempt, so that the entry counts once. The newest time that was seen is not.
        await this.#append({ epoch, seq, content, sections });
        break;
      } catch (error) {
        health.failed(error as Error);
        await pause(waitMs);
      }
      // The next epoch carries the items over.
      if (group.self.epoch !== epoch) return;
      // It was appended, and the answer was lost.
      if (group.self.seq >= seq) break;
    }
    for (const { sent } of items) sent();
  }

  /** Tries nothing again from now on. */
  close(): void {
    this.#isClosed = true;
  }

  async leave(): Promise<void> {
    const { epoch } = this.#parts.group.self;
    await this.#append({ epoch, seq: ++this.#seq, content: { kind: 'leave' }, sections: [] });
  }

  async #append(entry: EntryParts): Promise<void> {
    const { group, seal, health, link } = this.#parts;
    const { epoch, seq, content, sections } = entry;
    const head = { machine: group.self.id, epoch, seq, seenMs: group.newestMs };
    health.appending();
    await link.append(seal.close(encodeEntry({ ...head, ...content, sections })));
    health.appended();
    this.#hasAppended = true;
  }
}

interface EntryParts extends Pick<Entry, 'epoch' | 'seq' | 'sections'> {
  readonly content: Content;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
