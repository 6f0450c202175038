// Where a queue is in the store, and how its parts reach it.
import { encode } from '@muster/codec';
import { StoreClosedError } from '@muster/store';
import type { Procedure, Texts } from '@muster/store/procedures';
import type { ResolvedQueue } from './options/queue-options.js';
import { tellProgress } from './procedures/change-queue.js';
import { KEYS } from './procedures/meta.js';
import type { JobRecord } from './procedures/record.js';

/** What each turn of a worker says of the queue. */
type TurnRules = Pick<ResolvedQueue, 'leaseMs' | 'maxRunning' | 'pace' | 'keepDone' | 'keepFailed'>;

/** Before the first key of each queue, in a key that says that there is one. */
const NAME = 'n:';

export class QueueHome {
  readonly options: ResolvedQueue;
  readonly name: string;
  readonly texts: Texts;
  /** The first key, which all others begin with; in braces, for one slot of a Redis Cluster. */
  readonly base: string;
  readonly turn: TurnRules;
  #isEnrolled = false;

  constructor(options: ResolvedQueue) {
    const { name, texts, leaseMs, maxRunning, pace, keepDone, keepFailed } = options;
    this.options = options;
    this.name = name;
    this.texts = texts;
    this.base = baseOf(name);
    this.turn = { leaseMs, maxRunning, pace, keepDone, keepFailed };
  }

  run<Input, Output>(procedure: Procedure<Input, Output>, input: Input): Promise<Output> {
    // Two keys, so that no call goes together with one of another queue: they have not equally many arguments.
    return this.texts.run(procedure, [this.base, this.base + KEYS.wake], input);
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

  /** Has it listed, once. Never rejects. */
  async enroll(): Promise<void> {
    if (this.#isEnrolled) return;
    this.#isEnrolled = true;
    try {
      await this.texts.set(NAME + this.base, '1', 'never', 'absent');
    } catch {
      this.#isEnrolled = false;
    }
  }

  isStoreClosed(error: unknown): boolean {
    return error instanceof StoreClosedError;
  }
}

/** Nothing in a name ends the braces. */
export function baseOf(name: string): string {
  return `{${encodeURIComponent(name)}}`;
}

/** The names of all that was ever enrolled there, sorted. */
export async function namesIn(texts: Texts): Promise<string[]> {
  const names: string[] = [];
  for await (const key of texts.keys(NAME)) {
    names.push(decodeURIComponent(key.slice(NAME.length + 1, -1)));
  }
  return names.sort();
}
