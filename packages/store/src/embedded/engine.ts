// The embedded engine: LMDB files that all processes of the machine share.
import type { Condition, Engine, Procedure, ScanPage } from '../engine.js';
import { StoreClosedError, StoreFailedError } from '../errors.js';
import type { Lifetime } from '../lifetime.js';
import { setEntry } from '../procedures/set-entry.js';
import { setMany } from '../procedures/set-many.js';
import type { Environment } from './environment.js';
import { toStoreError } from './failure.js';
import { endOfPrefix } from './keys.js';
import type { LmdbTransaction } from './transaction.js';
import type { Turn } from './turn.js';
import type { Writer } from './writer.js';

/** What the stores of one process on the same folder share. */
export interface Files {
  readonly environment: Environment;
  readonly writer: Writer;
  readonly turn: Turn;
}

/** Bounds of a page of a scan: whichever comes first. */
const PAGE_KEYS = 256;
const PAGE_CHARACTERS = 1024 * 1024;

export class EmbeddedEngine implements Engine {
  readonly kind = 'embedded';
  readonly #files: Files;
  readonly #release: () => Promise<void>;
  #closed = false;

  /** @param release gives the files back. */
  constructor(files: Files, release: () => Promise<void>) {
    this.#files = files;
    this.#release = release;
  }

  async ready(): Promise<void> {}

  get(key: string): Promise<string | undefined> {
    return this.#read((transaction) => transaction.get(key));
  }

  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#read((transaction) => keys.map((key) => transaction.get(key)));
  }

  set(key: string, text: string, lifetime: Lifetime, condition: Condition): Promise<boolean> {
    return this.run(setEntry, [key], { text, lifetime, condition });
  }

  setMany(
    entries: readonly (readonly [key: string, text: string])[],
    lifetime: Lifetime,
  ): Promise<void> {
    const keys = entries.map(([key]) => key);
    return this.run(setMany, keys, { texts: entries.map(([, text]) => text), lifetime });
  }

  delete(keys: readonly string[]): Promise<number> {
    return this.#write((transaction) => {
      let deleted = 0;
      for (const key of keys) if (transaction.delete(key)) deleted++;
      return deleted;
    });
  }

  scan(prefix: string, cursor: string | undefined, withTexts: boolean): Promise<ScanPage> {
    return this.#read((transaction) => this.#page(transaction, prefix, cursor, withTexts));
  }

  run<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
  ): Promise<Output> {
    const work = (transaction: LmdbTransaction): Output =>
      procedure.embedded(transaction, keys, input);
    return procedure.access === 'read' ? this.#read(work) : this.#write(work);
  }

  /** Files that could be opened are there to stay. */
  watchHealth(listener: (trouble: undefined) => void): () => void {
    listener(undefined);
    return () => {};
  }

  watch(): Promise<() => void> {
    return Promise.reject(new StoreFailedError('The embedded engine cannot be watched yet'));
  }

  declareEvictable(): void {}

  async processGone(): Promise<void> {
    if (!this.#closed) this.#files.environment.entries.readerCheck();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#files.writer.flush();
    await this.#release();
  }

  /** Every read has a snapshot of its own, taken now: what any process has committed until now is in it. */
  async #read<Output>(work: (transaction: LmdbTransaction) => Output): Promise<Output> {
    const { environment, writer, turn } = this.#files;
    if (writer.busy) return this.#write(work);
    if (this.#closed) throw new StoreClosedError();
    let output: Output;
    try {
      output = work(writer.snapshot);
    } catch (error) {
      throw toStoreError(error, environment.path);
    } finally {
      // lmdb would keep the snapshot until the next turn: stale for the next read, and holding pages that nobody
      // could use again for as long as this process is busy.
      environment.entries.resetReadTxn();
    }
    const wait = turn.spend();
    if (wait) await wait;
    return output;
  }

  async #write<Output>(work: (transaction: LmdbTransaction) => Output): Promise<Output> {
    if (this.#closed) throw new StoreClosedError();
    const output = await this.#files.writer.write(work);
    const wait = this.#files.turn.spend();
    if (wait) await wait;
    return output;
  }

  #page(
    transaction: LmdbTransaction,
    prefix: string,
    cursor: string | undefined,
    withTexts: boolean,
  ): ScanPage {
    const range = this.#files.environment.entries.getKeys({
      start: cursor ?? prefix,
      exclusiveStart: cursor !== undefined,
      end: endOfPrefix(prefix),
      limit: PAGE_KEYS,
    });
    const candidates = [...range] as string[];
    const keys: string[] = [];
    const texts: string[] = [];
    let characters = 0;
    for (const [position, key] of candidates.entries()) {
      if (!withTexts) {
        if (transaction.has(key)) keys.push(key);
        continue;
      }
      const text = transaction.get(key);
      if (text === undefined) continue;
      keys.push(key);
      texts.push(text);
      characters += text.length;
      if (characters >= PAGE_CHARACTERS) return { keys, texts, cursor: candidates[position] };
    }
    return { keys, texts, cursor: candidates.length === PAGE_KEYS ? candidates.at(-1) : undefined };
  }
}
