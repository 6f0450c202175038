// Finds jobs again after other programs have written into the keys of a queue: it goes through all of its indexes and records.
import { sleep } from '@muster/codec/timers';
import { lookAtQueue } from '../procedures/look-at-queue.js';
import {
  beginMending,
  checkMembers,
  endMending,
  listDependents,
  mendJobs,
} from '../procedures/mend-jobs.js';
import type { QueueHome } from '../queue-home.js';
import { idIn, STATES, seqIn } from '../state/record.js';

/** How many jobs one call looks at, since other calls wait meanwhile. */
const PAGE = 200;
/** A queue is mended once in so many milliseconds, by one process. */
const EVERY_MS = 60_000;

/** Fails all jobs whose records cannot be read, and takes what is no job out of the indexes. */
export async function checkIndexes(home: QueueHome, signal?: AbortSignal): Promise<void> {
  for (const state of STATES) {
    let after = '';
    do {
      signal?.throwIfAborted();
      after = await home.run(checkMembers, { state, after, limit: PAGE });
    } while (after !== '');
  }
}

/** Then it puts those jobs back that no index has, and fails those that wait for others that will not tell them. */
async function mend(home: QueueHome, signal: AbortSignal): Promise<void> {
  await checkIndexes(home, signal);
  const { meta } = await home.run(lookAtQueue, undefined);
  const waits = await listedWaits(home, signal);
  for await (const ids of home.recordIds(PAGE)) {
    signal.throwIfAborted();
    const jobs = ids.map((id) => ({ id, waits: waits.get(id)?.count ?? 0 }));
    await home.run(mendJobs, { until: meta.seq, jobs });
  }
  await home.run(endMending, meta.lost);
}

/** By id, in how many lists the newest job with that id is. */
async function listedWaits(
  home: QueueHome,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, { readonly seq: number; readonly count: number }>> {
  const waits = new Map<string, { readonly seq: number; readonly count: number }>();
  const seen = new Set<string>();
  for await (const ids of home.awaitedIds(PAGE)) {
    signal.throwIfAborted();
    const unseen = ids.filter((id) => !seen.has(id));
    for (const id of unseen) seen.add(id);
    for (const member of await home.run(listDependents, unseen)) {
      const [id, seq] = [idIn('b', member), seqIn(member)];
      const known = waits.get(id) ?? { seq, count: 0 };
      if (seq > known.seq) waits.set(id, { seq, count: 1 });
      else if (seq === known.seq) waits.set(id, { seq, count: known.count + 1 });
    }
  }
  return waits;
}

export class Mender {
  readonly #home: QueueHome;
  readonly #wake: () => void;
  readonly #over = new AbortController();
  #running: Promise<void> | undefined;

  /** @param wake called after each try: a turn of the worker says whether there is more. */
  constructor(home: QueueHome, wake: () => void) {
    this.#home = home;
    this.#wake = wake;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { signal } = this.#over;
    try {
      if (await this.#home.run(beginMending, EVERY_MS)) await mend(this.#home, signal);
      else await sleep(EVERY_MS, { signal });
    } catch (error) {
      if (!this.#home.isStoreClosed(error)) await sleep(EVERY_MS, { signal }).catch(() => {});
    }
    this.#running = undefined;
    if (!signal.aborted) this.#wake();
  }
}
