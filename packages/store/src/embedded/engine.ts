// The embedded engine: LMDB files that all processes of the machine share.
import { timeOfDay } from '@muster/codec/timers';
import type { Engine, Procedure, ScanPage } from '../engine.js';
import { StoreClosedError, type StoreRejection } from '../errors.js';
import { ProcedureEngine } from '../values/procedure-engine.js';
import { toStoreError } from './files/failure.js';
import type { LmdbTransaction } from './lmdb/transaction.js';
import { Registrations } from './registrations.js';
import type { Clock } from './shared-memory/clock.js';
import type { StoreFiles } from './store-files.js';

/** The bounds of a page of a scan. */
const PAGE_KEYS = 256;
const PAGE_CHARACTERS = 1024 * 1024;

export class EmbeddedEngine extends ProcedureEngine implements Engine {
  readonly kind = 'embedded';
  readonly #storeFiles: StoreFiles;
  readonly #registrations: Registrations;
  readonly #deadlineMs: number;
  readonly #release: () => Promise<void>;
  #clock: Clock | undefined;
  #closed = false;

  /** @param release gives the files back. */
  constructor(storeFiles: StoreFiles, deadlineMs: number, release: () => Promise<void>) {
    super();
    this.#storeFiles = storeFiles;
    this.#registrations = new Registrations(storeFiles, deadlineMs);
    this.#deadlineMs = deadlineMs;
    this.#release = release;
  }

  now(): number {
    this.#clock = this.#storeFiles.files?.environment.clock ?? this.#clock;
    return this.#clock?.now() ?? timeOfDay();
  }

  async ready(): Promise<void> {}

  get(key: string): Promise<string | undefined> | string | undefined {
    return this.#look((transaction) => transaction.get(key));
  }

  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#read((transaction) => keys.map((key) => transaction.get(key)));
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

  watchHealth(listener: (trouble: StoreRejection | undefined) => void): () => void {
    listener(this.#storeFiles.trouble);
    return this.#registrations.onHealth(listener);
  }

  watchLoss(listener: () => void): () => void {
    return this.#registrations.onLoss(listener);
  }

  async watch(
    prefix: string,
    listener: (changes: readonly string[] | 'reset') => void,
  ): Promise<() => void> {
    if (this.#closed) throw new StoreClosedError();
    const files = this.#storeFiles.files ?? (await this.#storeFiles.whenOpen(this.#deadlineMs));
    return this.#registrations.watch(files, prefix, listener);
  }

  declareEvictable(prefix: string): void {
    this.#registrations.declareEvictable(prefix);
  }

  async processGone(): Promise<void> {
    if (this.#closed) throw new StoreClosedError();
    await this.#storeFiles.files?.sweeper.reapProcesses();
  }

  /** LMDB copies the files on a thread, from a snapshot that it holds until it is done. */
  async copyTo(folder: string): Promise<void> {
    if (this.#closed) throw new StoreClosedError();
    const files = this.#storeFiles.files ?? (await this.#storeFiles.whenOpen(this.#deadlineMs));
    await files.environment.entries.backup(folder, true).catch((error: unknown) => {
      throw toStoreError(error, folder);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#registrations.end();
    await this.#storeFiles.files?.writer.drain();
    await this.#release();
  }

  async #read<Output>(work: (transaction: LmdbTransaction) => Output): Promise<Output> {
    return this.#look(work);
  }

  /** Every read takes a new snapshot, so it sees everything that any process has committed so far. */
  #look<Output>(work: (transaction: LmdbTransaction) => Output): Promise<Output> | Output {
    const files = this.#storeFiles.files;
    if (!files) return this.#later(() => this.#look(work));
    const { environment, writer, turnBudget } = files;
    if (writer.busy) return this.#write(work);
    if (this.#closed) return Promise.reject(new StoreClosedError());
    let output: Output;
    try {
      output = work(writer.snapshot);
    } catch (error) {
      return Promise.reject(toStoreError(error, environment.path));
    } finally {
      // The next read needs a new snapshot, and this one would keep pages from being used again while this process is busy.
      environment.endRead();
    }
    const wait = turnBudget.spend(typeof output === 'string' ? output.length : undefined);
    return wait ? wait.then(() => output) : output;
  }

  #write<Output>(work: (transaction: LmdbTransaction) => Output): Promise<Output> {
    if (this.#closed) return Promise.reject(new StoreClosedError());
    const files = this.#storeFiles.files;
    if (!files) return this.#later(() => this.#write(work));
    const written = files.writer.write(work, this.#deadlineMs);
    const wait = files.turnBudget.spend();
    return wait ? written.then((output) => wait.then(() => output)) : written;
  }

  /** The files are being opened anew: runs the call on the new ones. */
  async #later<Output>(call: () => Promise<Output> | Output): Promise<Output> {
    if (this.#closed) throw new StoreClosedError();
    await this.#storeFiles.whenOpen(this.#deadlineMs);
    return call();
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
