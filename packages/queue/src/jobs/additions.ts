// The jobs that are added in one turn of the event loop go to the store together; each call succeeds or fails by itself.
import { nextTick } from '@muster/codec/timers';
import { addJobs } from '../procedures/add-jobs.js';
import type { QueueHome } from '../queue-home.js';
import type { Added, NewJob } from '../state/new-job.js';

interface Call {
  readonly jobs: readonly NewJob[];
  readonly resolve: (added: Added) => void;
  readonly reject: (error: unknown) => void;
}

/** The most jobs, and characters of their data, that go together. The others wait meanwhile. */
const MOST_JOBS = 128;
const MOST_CHARACTERS = 512 * 1024;

export class Additions {
  readonly #home: QueueHome;
  #calls: Call[] = [];
  #jobs = 0;
  #characters = 0;

  constructor(home: QueueHome) {
    this.#home = home;
  }

  add(jobs: readonly NewJob[]): Promise<Added> {
    return new Promise((resolve, reject) => {
      if (this.#calls.length === 0) nextTick(() => void this.#send());
      this.#calls.push({ jobs, resolve, reject });
      this.#jobs += jobs.length;
      this.#characters += jobs.reduce((sum, { data }) => sum + data.length, 0);
      if (this.#jobs >= MOST_JOBS || this.#characters >= MOST_CHARACTERS) void this.#send();
    });
  }

  /** Never rejects. */
  async #send(): Promise<void> {
    const calls = this.#calls;
    if (calls.length === 0) return;
    this.#calls = [];
    this.#jobs = 0;
    this.#characters = 0;
    const { maxJobs, maxBytes } = this.#home.options;
    const groups = calls.map(({ jobs }) => jobs);
    try {
      const added = await this.#home.run(addJobs, { groups, maxJobs, maxBytes });
      for (const [at, { resolve }] of calls.entries()) resolve(added[at] ?? []);
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }
}
