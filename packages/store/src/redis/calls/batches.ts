// Consecutive calls of one kind in a turn of the event loop go to Redis as one command.
import type { WriteProgress } from '../../engine.js';

export interface Job<Input = unknown> {
  /** The full key in Redis. */
  readonly name: string;
  readonly input: Input;
  readonly write: WriteProgress | undefined;
  readonly resolve: (output: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The most calls in one command: Redis serves nobody else meanwhile. */
const MAX_JOBS = 128;
/** The most characters of texts in one command. */
const MAX_CHARACTERS = 1024 * 1024;

export class Batches<Kind> {
  readonly #send: (kind: Kind, slot: number, jobs: readonly Job[]) => void;
  readonly #atEndOfTurn: (flush: () => void) => void;
  readonly #mixesKeys: boolean;
  #kind: Kind | undefined;
  #slot = 0;
  #jobs: Job[] = [];
  #characters = 0;
  /** Whether a flush at the end of this turn is scheduled. */
  #isDue = false;

  /**
   * @param atEndOfTurn runs its argument when the events that are due now have been handled.
   * @param mixesKeys whether calls on several keys may share a command. A Cluster that moves a slot refuses such commands
   *   only, and later calls would overtake them.
   */
  constructor(
    send: (kind: Kind, slot: number, jobs: readonly Job[]) => void,
    atEndOfTurn: (flush: () => void) => void,
    mixesKeys: boolean,
  ) {
    this.#send = send;
    this.#atEndOfTurn = atEndOfTurn;
    this.#mixesKeys = mixesKeys;
  }

  /** @param characters how much of the batch's room the input takes. */
  add<Output>(
    kind: Kind,
    slot: number,
    name: string,
    input: unknown,
    characters = 0,
    write?: WriteProgress,
  ): Promise<Output> {
    return new Promise<Output>((resolve, reject) => {
      const isFull =
        this.#jobs.length === MAX_JOBS || this.#characters + characters > MAX_CHARACTERS;
      const isOther = !this.#mixesKeys && this.#jobs[0]?.name !== name;
      if (kind !== this.#kind || isOther || isFull) this.flush();
      this.#kind = kind;
      this.#slot = slot;
      this.#characters += characters;
      this.#jobs.push({ name, input, write, resolve, reject });
      if (this.#isDue) return;
      this.#isDue = true;
      this.#atEndOfTurn(() => {
        this.#isDue = false;
        this.flush();
      });
    });
  }

  /** Sends the collected calls. Also called before a call of another kind, so that calls keep their order. */
  flush(): void {
    const jobs = this.#jobs;
    if (jobs.length === 0) return;
    this.#jobs = [];
    this.#characters = 0;
    this.#send(this.#kind as Kind, this.#slot, jobs);
  }
}
