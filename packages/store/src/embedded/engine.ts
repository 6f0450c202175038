// The embedded engine: LMDB files that all processes of the machine share.
import type { Condition, Engine, Procedure, ScanPage } from '../engine.js';
import { StoreClosedError } from '../errors.js';
import type { Lifetime } from '../lifetime.js';
import { setEntry } from '../procedures/set-entry.js';
import { setMany } from '../procedures/set-many.js';
import type { Environment } from './environment.js';
import { toStoreError } from './failure.js';
import type { Feed } from './feed.js';
import type { Sweeper } from './sweeper.js';
import type { LmdbTransaction } from './transaction.js';
import type { Turn } from './turn.js';
import type { Writer } from './writer.js';

/** What the stores of one process on the same folder share. */
export interface Files {
  readonly environment: Environment;
  readonly writer: Writer;
  readonly feed: Feed;
  readonly sweeper: Sweeper;
  readonly turn: Turn;
}

/** Bounds of a page of a scan: whichever comes first. */
const PAGE_KEYS = 256;
const PAGE_CHARACTERS = 1024 * 1024;

export class EmbeddedEngine implements Engine {
  readonly kind = 'embedded';
  readonly #files: Files;
  readonly #deadlineMs: number;
  readonly #release: () => Promise<void>;
  readonly #watches = new Set<() => void>();
  #closed = false;

  /** @param release gives the files back. */
  constructor(files: Files, deadlineMs: number, release: () => Promise<void>) {
    this.#files = files;
    this.#deadlineMs = deadlineMs;
    this.#release = release;
  }

  async ready(): Promise<void> {}

  get(key: string): Promise<string | undefined> | string | undefined {
    return this.#look((transaction) => transaction.get(key));
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
    return this.#read((transaction) => pageOf(transaction, prefix, cursor, withTexts));
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

  async watch(
    prefix: string,
    listener: (changes: readonly string[] | 'reset') => void,
  ): Promise<() => void> {
    if (this.#closed) throw new StoreClosedError();
    const { feed, writer } = this.#files;
    const end = await feed.watch(writer, prefix, listener, this.#deadlineMs);
    const unwatch = (): void => {
      this.#watches.delete(unwatch);
      end();
    };
    this.#watches.add(unwatch);
    return unwatch;
  }

  declareEvictable(prefix: string): void {
    this.#files.writer.index.declareEvictable(prefix);
  }

  async processGone(): Promise<void> {
    if (this.#closed) throw new StoreClosedError();
    await this.#files.sweeper.care();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const unwatch of this.#watches) unwatch();
    await this.#files.writer.drain();
    await this.#release();
  }

  async #read<Output>(work: (transaction: LmdbTransaction) => Output): Promise<Output> {
    return this.#look(work);
  }

  /** Every read has a snapshot of its own, taken now: what any process has committed until now is in it. */
  #look<Output>(work: (transaction: LmdbTransaction) => Output): Promise<Output> | Output {
    const { environment, writer, turn } = this.#files;
    if (writer.busy) return this.#write(work);
    if (this.#closed) return Promise.reject(new StoreClosedError());
    let output: Output;
    try {
      output = work(writer.snapshot);
    } catch (error) {
      return Promise.reject(toStoreError(error, environment.path));
    } finally {
      // A snapshot is stale for the next read, and holds pages that nobody could use again while this process is busy.
      environment.endRead();
    }
    const wait = turn.spend(typeof output === 'string' ? output.length : undefined);
    return wait ? wait.then(() => output) : output;
  }

  #write<Output>(work: (transaction: LmdbTransaction) => Output): Promise<Output> {
    if (this.#closed) return Promise.reject(new StoreClosedError());
    const written = this.#files.writer.write(work, this.#deadlineMs);
    const wait = this.#files.turn.spend();
    return wait ? written.then((output) => wait.then(() => output)) : written;
  }
}

function pageOf(
  transaction: LmdbTransaction,
  prefix: string,
  cursor: string | undefined,
  withTexts: boolean,
): ScanPage {
  const candidates = transaction.candidates(prefix, cursor, PAGE_KEYS);
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
