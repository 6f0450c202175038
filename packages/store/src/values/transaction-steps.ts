// What changes together with the keys of a transaction: steps of packages above the store, as a job that is added.
import type { Transaction } from '../engine.js';
import { InvalidOptionError } from '../errors.js';
import type { StoreContext } from '../store-context.js';
import type { TransactionHandle } from './contract.js';

/**
 * A step, written twice as a procedure is. It has two halves, since Redis does not undo what a script has written: the first half
 * reads and may refuse, and the second half writes. All first halves of a transaction run before its first write.
 */
export interface TransactionStep<Input> {
  /** Two steps have two names. */
  readonly name: string;
  /**
   * The body of a function of KEYS, with the key of the step, and ARGV, as `args` returns it. It returns a function that writes,
   * a text to refuse, or an error reply.
   */
  readonly lua: string;
  args(input: Input): (string | number)[];
  /** Returns a function that writes, or a text to refuse. */
  embedded(transaction: Transaction, key: string, input: Input): (() => void) | string;
  /** What the transaction rejects with if the step refused with this text: nothing was changed. */
  refused(input: Input, text: string): Error;
}

/** One step of one transaction. */
export interface StepRun {
  readonly step: TransactionStep<unknown>;
  /** A full key. */
  readonly key: string;
  readonly input: unknown;
}

/** The steps of one attempt. */
export class AttemptSteps implements TransactionHandle {
  readonly #context: StoreContext;
  readonly runs: StepRun[] = [];
  #isOver = false;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** No step joins after the function has returned. */
  async during<Output>(next: () => Output | Promise<Output>): Promise<Output> {
    try {
      return await next();
    } finally {
      this.#isOver = true;
    }
  }

  /**
   * Makes the step a part of the attempt, once for each key.
   *
   * @returns its input, which may grow until the function of the transaction has returned.
   * @throws InvalidOptionError
   */
  join<Input>(
    context: StoreContext,
    step: TransactionStep<Input>,
    key: string,
    begin: () => Input,
  ): Input {
    if (context !== this.#context) {
      throw new InvalidOptionError(
        'The transaction is one of another store object; use the one that the queue was made with',
      );
    }
    if (this.#isOver) {
      throw new InvalidOptionError(
        'The function of the transaction has returned; what belongs to the transaction is added before it returns',
      );
    }
    const known = this.runs.find((run) => run.step === step && run.key === key);
    if (known) return known.input as Input;
    const input = begin();
    this.runs.push({ step, key, input } as StepRun);
    return input;
  }
}
