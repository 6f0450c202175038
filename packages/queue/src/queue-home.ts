// The place of a queue in the store, and how its parts reach it.
import { performance } from 'node:perf_hooks';
import { encode } from '@muster/codec';
import { StoreClosedError, type TransactionHandle } from '@muster/store';
import type { Procedure, Texts } from '@muster/store/procedures';
import type { ResolvedQueue } from './options/queue-options.js';
import { addInTransaction, type Joining } from './procedures/add-in-transaction.js';
import { tellProgress } from './procedures/change-queue.js';
import { addName, listNames, NAMES } from './procedures/names.js';
import { KEYS } from './state/meta.js';
import type { NewJob } from './state/new-job.js';
import type { JobRecord } from './state/record.js';

/** The settings of a queue that each turn of a worker sends. */
type TurnRules = Pick<ResolvedQueue, 'leaseMs' | 'maxRunning' | 'pace' | 'keepDone' | 'keepFailed'>;

/** The parts of keys that an id follows. */
const OF_IDS = [KEYS.job, KEYS.dependents, KEYS.dedupe, KEYS.ended];

/** How long a queue counts as listed, in milliseconds: the store may have been emptied since it was. */
const ENROLLED_MS = 30_000;

export class QueueHome {
  readonly options: ResolvedQueue;
  readonly name: string;
  readonly texts: Texts;
  /** The first key. All others begin with it; it has braces, so that all are in one slot of a Redis Cluster. */
  readonly base: string;
  readonly turn: TurnRules;
  readonly #enrolledMs: number;
  /** When it was listed last, by performance.now(). */
  #enrolledAt = Number.NEGATIVE_INFINITY;

  constructor(options: ResolvedQueue, enrolledMs = ENROLLED_MS) {
    this.#enrolledMs = enrolledMs;
    const { name, texts, leaseMs, maxRunning, pace, keepDone, keepFailed } = options;
    this.options = options;
    this.name = name;
    this.texts = texts;
    this.base = baseOf(name);
    this.turn = { leaseMs, maxRunning, pace, keepDone, keepFailed };
  }

  run<Input, Output>(procedure: Procedure<Input, Output>, input: Input): Promise<Output> {
    return this.texts.run(procedure, [this.base], input);
  }

  /** @throws InvalidOptionError if the transaction is over, or one of another store. */
  addIn(transaction: TransactionHandle, job: NewJob): void {
    const { name, options, texts, base } = this;
    const begin = () => ({ name, options, jobs: [] });
    texts.joinTransaction<Joining>(transaction, addInTransaction, base, begin).jobs.push(job);
  }

  /** @throws ValueTooLargeError */
  checkSize(text: string): void {
    this.texts.checkSize(this.name, text);
  }

  async tellProgress({ id, token }: JobRecord, progress: unknown): Promise<boolean> {
    const text = progress === undefined ? '' : encode(progress);
    this.checkSize(text);
    return this.run(tellProgress, { id, token, progress: text });
  }

  /** The ids of all records of jobs, also those that no index has. */
  recordIds(limit: number): AsyncGenerator<string[]> {
    return this.#ids([KEYS.job], this.base + KEYS.job, limit);
  }

  /** The ids of all jobs of which a list has those that wait for them. */
  awaitedIds(limit: number): AsyncGenerator<string[]> {
    return this.#ids([KEYS.dependents], this.base + KEYS.dependents, limit);
  }

  /** All ids that have a key of their own, some more than once. */
  allIds(limit: number): AsyncGenerator<string[]> {
    return this.#ids(OF_IDS, `${this.base}:`, limit);
  }

  async *#ids(parts: readonly string[], prefix: string, limit: number): AsyncGenerator<string[]> {
    const at = this.base.length;
    let ids: string[] = [];
    for await (const key of this.texts.keys(prefix)) {
      const part = parts.find((it) => key.startsWith(it, at));
      if (part !== undefined) ids.push(key.slice(at + part.length));
      if (ids.length < limit) continue;
      yield ids;
      ids = [];
    }
    if (ids.length > 0) yield ids;
  }

  /** To be called when the queue is used. Adds it to the list, unless it did so a moment ago. Never rejects. */
  async enroll(): Promise<void> {
    const now = performance.now();
    if (now - this.#enrolledAt < this.#enrolledMs) return;
    this.#enrolledAt = now;
    try {
      await this.texts.run(addName, [NAMES], this.base);
    } catch {
      this.#enrolledAt = Number.NEGATIVE_INFINITY;
    }
  }

  isStoreClosed(error: unknown): boolean {
    return error instanceof StoreClosedError;
  }
}

/** Escapes a name, so that it cannot end the braces. */
export function baseOf(name: string): string {
  return `{${encodeURIComponent(name)}}`;
}

/** @returns `undefined` if it is not what `baseOf` gives. */
function nameIn(base: string): string | undefined {
  try {
    const name = decodeURIComponent(base.slice(1, -1));
    return baseOf(name) === base ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The names of all that were ever listed there, sorted. */
export async function namesIn(texts: Texts): Promise<string[]> {
  const bases = await texts.run(listNames, [NAMES], undefined);
  return bases.flatMap((base) => nameIn(base) ?? []).sort();
}
