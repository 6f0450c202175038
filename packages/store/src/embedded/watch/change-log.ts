// The log of recent changes: writers add to it, and watchers read it.
import { PrefixIndex } from '../../entries/prefix-index.js';
import type { Environment } from '../lmdb/environment.js';
import { WORD } from '../shared-memory/shared-page.js';

// The keys of the `feed` database: a kind, followed by a number.
const TRIMMED = 0;
const RECORD = 1;
const WATCHER = 2;

/** The number of records that are kept: about 100 ms of writers that do nothing else. */
const RECORDS = 4_096;
/** A longer record is replaced by one that says that anything may have changed. */
const RECORD_CHARACTERS = 8_192;
/** The most old records that are removed with each new one. */
const TRIM_LIMIT = 8;

/** The changes since a position: full keys, or `reset` if they are unknown. */
export interface Missed {
  readonly changes: readonly string[] | 'reset';
  /** The position to continue from. */
  readonly position: number;
  /** There is more. */
  readonly isPartial: boolean;
}

/**
 * A record is written in the transaction whose changes it lists, under the number of that transaction, and only while a process
 * watches a prefix of a changed key. The watchers are listed in the same database, so a writer sees them in its own snapshot. It reads
 * the list only when a word of the shared page says that it has changed.
 */
export class ChangeLog {
  readonly #environment: Environment;
  #watched = new PrefixIndex<{ readonly prefix: string }>();
  /** The version of the index above. */
  #version: number | undefined;
  #noted = new Set<string>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Called first in a write transaction. */
  begin(): void {
    this.#noted.clear();
    const version = Atomics.load(this.#environment.page.words, WORD.watchers);
    if (version === this.#version) return;
    const { feed } = this.#environment;
    const watchers = feed.getRange({ start: keyOf(WATCHER), end: keyOf(WATCHER + 1) });
    this.#watched = new PrefixIndex();
    for (const { value } of watchers) this.#watched.add({ prefix: textOf(value) });
    this.#version = version;
  }

  /** In a write transaction: the entry was written, or removed. */
  note(key: string): void {
    if (this.#watched.has(key)) this.#noted.add(key);
  }

  /** Called last in a write transaction. @returns whether there are changes to report. */
  end(): boolean {
    if (this.#noted.size === 0) return false;
    const { entries, feed } = this.#environment;
    const position = numberOf(entries);
    const text = JSON.stringify([...this.#noted]);
    const record = text.length > RECORD_CHARACTERS ? '' : text;
    feed.put(keyOf(RECORD, position), Buffer.from(record));
    this.#trim(position);
    return true;
  }

  /** In a write transaction. @returns the position from which on every change is recorded. */
  add(id: number, prefix: string): number {
    const { entries, feed, slot, page } = this.#environment;
    feed.put(keyOf(WATCHER, idOf(slot, id)), Buffer.from(prefix));
    Atomics.add(page.words, WORD.watchers, 1);
    return numberOf(entries);
  }

  /** In a write transaction. */
  remove(id: number): void {
    const { feed, slot, page } = this.#environment;
    feed.remove(keyOf(WATCHER, idOf(slot, id)));
    Atomics.add(page.words, WORD.watchers, 1);
  }

  /**
   * In a write transaction: removes the watchers of processes that have ended.
   *
   * @param isGone by slot.
   */
  reap(isGone: (slot: number) => boolean): void {
    const { feed, page } = this.#environment;
    const watchers = [...feed.getKeys({ start: keyOf(WATCHER), end: keyOf(WATCHER + 1) })];
    const gone = watchers.filter((key) => isGone(slotOf(numberIn(key))));
    if (gone.length === 0) return;
    for (const key of gone) feed.remove(key);
    Atomics.add(page.words, WORD.watchers, 1);
  }

  /** The changes after `position`, from at most `limit` records, read from a snapshot of its own. */
  since(position: number, limit: number): Missed {
    this.#environment.beginRead();
    try {
      return this.#since(position, limit);
    } finally {
      this.#environment.endRead();
    }
  }

  #since(position: number, limit: number): Missed {
    const { feed, read } = this.#environment;
    const trimmed = feed.get(keyOf(TRIMMED), read);
    const gapUntil = trimmed === undefined ? 0 : numberIn(trimmed);
    const range = { start: keyOf(RECORD, position + 1), end: keyOf(RECORD + 1), limit, ...read };
    const records = [...feed.getRange(range)];
    const last = records.at(-1);
    const missed = {
      position: last ? numberIn(last.key) : Math.max(position, gapUntil),
      isPartial: records.length === limit,
    };
    if (gapUntil > position || records.some(({ value }) => value.length === 0)) {
      return { changes: 'reset', ...missed };
    }
    const changes = new Set<string>(records.flatMap(({ value }) => JSON.parse(textOf(value))));
    return { changes: [...changes], ...missed };
  }

  #trim(position: number): void {
    const { feed } = this.#environment;
    const range = {
      start: keyOf(RECORD),
      end: keyOf(RECORD, Math.max(position - RECORDS, 0)),
      limit: TRIM_LIMIT,
    };
    const old = [...feed.getKeys(range)];
    for (const key of old) feed.remove(key);
    const newest = old.at(-1);
    if (newest) feed.put(keyOf(TRIMMED), newest);
  }
}

/** The number of the write transaction that is under way. */
function numberOf(entries: object): number {
  return (entries as { getWriteTxnId(): number }).getWriteTxnId();
}

const NUMBER_BYTES = 6;

function keyOf(kind: number, number = 0): Uint8Array {
  const key = Buffer.allocUnsafe(1 + NUMBER_BYTES);
  key.writeUInt8(kind);
  key.writeUIntBE(number, 1, NUMBER_BYTES);
  return key;
}

function numberIn(key: Uint8Array): number {
  return bufferOf(key).readUIntBE(1, NUMBER_BYTES);
}

/** A process may watch 2^32 times. */
const SLOT_UNIT = 2 ** 32;

function idOf(slot: number, id: number): number {
  return slot * SLOT_UNIT + id;
}

function slotOf(id: number): number {
  return Math.floor(id / SLOT_UNIT);
}

function textOf(bytes: Uint8Array): string {
  return bufferOf(bytes).toString();
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
