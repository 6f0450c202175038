// A job that runs in this process.
import { performance } from 'node:perf_hooks';
import { JobLeaseLostError } from '../errors.js';
import { dataOf } from '../jobs/job-info.js';
import type { Job } from '../queue.js';
import type { JobRecord } from '../state/record.js';

export interface JobKeeper {
  /** The name of the queue. */
  readonly name: string;
  /** Resolves with whether the lease was held. */
  tellProgress(job: JobRecord, progress: unknown): Promise<boolean>;
}

export class RunningJob<Data> implements Job<Data> {
  readonly record: JobRecord;
  /** On the monotonic clock. */
  leaseEnd: number;
  readonly #keeper: JobKeeper;
  /** Made when the handler asks for the signal: most do not, and it takes longer than a step in the store. */
  #controller: AbortController | undefined;
  #lost: JobLeaseLostError | undefined;
  #data: { readonly value: Data } | undefined;

  constructor(record: JobRecord, leaseEnd: number, keeper: JobKeeper) {
    this.record = record;
    this.leaseEnd = leaseEnd;
    this.#keeper = keeper;
  }

  get id(): string {
    return this.record.id;
  }

  /** @throws CorruptValueError */
  get data(): Data {
    this.#data ??= { value: dataOf(this.record) as Data };
    return this.#data.value;
  }

  get attempt(): number {
    return this.record.attempts;
  }

  get maxAttempts(): number {
    return this.record.maxAttempts;
  }

  get token(): number {
    return this.record.token;
  }

  /** Looks at the clock first: a timer may be late. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (!this.isHeld) this.#controller.abort(this.#lost);
    } else void this.isHeld;
    return this.#controller.signal;
  }

  get isHeld(): boolean {
    if (!this.#lost && performance.now() >= this.leaseEnd) {
      this.lose('its lease could not be extended in time');
    }
    return !this.#lost;
  }

  lose(reason: string): void {
    this.#lost ??= new JobLeaseLostError(this.#keeper.name, this.id, reason);
    this.#controller?.abort(this.#lost);
  }

  async progress(progress: unknown): Promise<void> {
    this.signal.throwIfAborted();
    if (await this.#keeper.tellProgress(this.record, progress)) return;
    this.lose('the store gave it to another one');
    this.signal.throwIfAborted();
  }
}
