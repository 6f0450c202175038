// What a worker learns of the others: that there is something to take, and that a process has ended.
import { sleep } from '@muster/codec/timers';
import type { Texts } from '@muster/store/procedures';
import { JobStalledError, QueueTroubleError } from '../errors.js';
import { writtenError } from '../jobs/job-error.js';
import { evictJobs } from '../procedures/hold-jobs.js';
import { listJobs } from '../procedures/look.js';
import type { QueueHome } from '../queue-home.js';
import { KEYS } from '../state/meta.js';

/** Codec text. */
export const STALLED = withoutStack(
  'Its lease ended before it did: its process died, was stopped for longer than leaseMs, or could not reach the store',
);

const RETRY_MS = 1_000;
/** The most running jobs whose owners are looked up when a change may have been missed. */
const LOOK_LIMIT = 1_000;

let workers = 0;

/** Each worker of this process has a number of its own, in all queues together. */
export function nextWorkerNumber(): number {
  return ++workers;
}

export class Surroundings {
  /** The name of this worker in its jobs. */
  readonly owner: string;
  readonly #home: QueueHome;
  readonly #gone: Texts;
  readonly #over = new AbortController();
  readonly #ends: (() => void)[] = [];
  #started: Promise<void> | undefined;

  /** @param process this process, as the store names it. @param gone the owners that have ended. */
  constructor(home: QueueHome, gone: Texts, process: string, number: number) {
    this.#home = home;
    this.#gone = gone;
    this.owner = `${process}/${number}`;
  }

  /** @param wake called whenever there may be something to take. */
  start(wake: () => void): void {
    this.#started = this.#start(wake);
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#started;
    for (const end of this.#ends) end();
  }

  /** Gives back jobs that the store leased to this worker without its knowledge. */
  async giveBackAllBut(ids: readonly string[]): Promise<void> {
    const mine = { owner: this.owner, isProcess: false, outcome: '', except: ids };
    await this.#home.run(evictJobs, mine);
  }

  /** Never rejects. */
  async #start(wake: () => void): Promise<void> {
    const { signal } = this.#over;
    const { texts, base } = this.#home;
    let isTold = false;
    while (!signal.aborted) {
      try {
        if (this.#ends.length === 0) this.#ends.push(await texts.watch(base + KEYS.wake, wake));
        this.#ends.push(await this.#gone.watch('', (owners) => void this.#evict(owners)));
        await this.#evict('reset');
        // Nobody listened before.
        wake();
        return;
      } catch (error) {
        if (this.#home.isStoreClosed(error)) return;
        if (!isTold)
          process.emitWarning(new QueueTroubleError(this.#home.name, 'The wake-ups', error));
        isTold = true;
        await sleep(RETRY_MS, { signal }).catch(() => {});
      }
    }
  }

  /** Never rejects: if it cannot be done now, the leases end by themselves. */
  async #evict(owners: readonly string[] | 'reset'): Promise<void> {
    try {
      const all = owners === 'reset' ? await this.#owners() : owners;
      const marks = await this.#gone.getMany(all);
      for (const [at, owner] of all.entries()) {
        const mark = marks[at];
        if (mark === undefined) continue;
        const outcome = withoutStack(`The process that ran it ${endIn(mark)}`);
        await this.#home.run(evictJobs, { owner, isProcess: true, outcome, except: [] });
      }
    } catch {}
  }

  /** The processes that run jobs. */
  async #owners(): Promise<string[]> {
    const running = await this.#home.run(listJobs, { state: 'l', start: 0, limit: LOOK_LIMIT });
    const owners = running.map(({ owner }) => owner.slice(0, Math.max(owner.lastIndexOf('/'), 0)));
    return [...new Set(owners.filter((owner) => owner !== ''))];
  }
}

/** How a process ended, as its mark in the store says. */
function endIn(mark: string): string {
  try {
    const how: unknown = JSON.parse(mark);
    if (typeof how === 'string' && how !== '') return how;
  } catch {}
  return 'has ended';
}

function withoutStack(message: string): string {
  const error = new JobStalledError(message);
  Object.defineProperty(error, 'stack', { value: undefined });
  return writtenError(error);
}
