/**
 * Takes a CPU profile or a heap snapshot of a worker: asks the worker, which takes it with an inspector session of its own
 * and writes a file. No port is opened.
 *
 * - One at a time is taken of a worker, and a second call is refused.
 * - A worker whose event loop does not turn does not hear of it: an error says so after five seconds. Its stack is in its
 *   status once it counts as hung.
 * - What the worker answers is not trusted, and costs the primary nothing.
 */
import { reasonOf } from '@muster/codec/thrown';
import type { CaptureKind } from '../../channel/capture-message.js';
import * as check from '../../checks/option-checks.js';
import { CaptureError, type CaptureFailureReason, InvalidOptionError } from '../../errors.js';
import { unlessAborted, within } from '../../process/deadline.js';
import { printable } from '../../text/printable.js';
import type { WorkerState } from '../../worker-status.js';
import type { Supervision, WorkerHandle } from '../extension.js';
import { excuse } from '../health/excused.js';
import { type CapturedFile, CaptureFolder } from './captured-file.js';
import { WorkerConversation } from './worker-conversation.js';

/** Milliseconds for a worker to begin. */
const BEGIN_MS = 5_000;
/** Milliseconds for a worker to write a profile when its time is over: the worker may be busy. */
const WRITE_MS = 60_000;
/** Milliseconds for a heap snapshot. */
const HEAP_MS = 600_000;
/** Characters of a worker's own words. */
const MAX_ERROR = 300;

export const DEFAULT_PROFILE_MS = 10_000;
export const MAX_PROFILE_MS = 300_000;

export interface CaptureOptions {
  /** When aborted, nothing is kept, and the call rejects with its reason. A worker cannot interrupt a heap snapshot. */
  readonly signal?: AbortSignal | undefined;
}

export interface ProfileOptions extends CaptureOptions {
  /** Milliseconds, above 0 and up to 300,000. Default: 10,000. */
  readonly forMs?: number;
  /** When aborted, the profile ends before its time, and is kept. */
  readonly finish?: AbortSignal | undefined;
}

/** Of which worker it is, and what it has written. `file` is open: close it. */
export interface Capture {
  readonly kind: CaptureKind;
  readonly slot: number;
  readonly generation: number;
  readonly pid: number;
  readonly file: CapturedFile;
}

type Workers = Pick<Supervision, 'handles' | 'slotStatus'>;

/**
 * A CPU profile of the main thread of the worker in a slot, as V8 writes it (`.cpuprofile`).
 *
 * @throws InvalidOptionError for an unknown slot or a wrong time
 * @throws CaptureError
 */
export async function profileWorker(
  workers: Workers,
  slot: number,
  { forMs = DEFAULT_PROFILE_MS, signal, finish }: ProfileOptions = {},
): Promise<Capture> {
  if (!(check.milliseconds('forMs', forMs, 0) > 0 && forMs <= MAX_PROFILE_MS)) {
    throw new InvalidOptionError(
      `forMs: ${forMs} is not above 0 and at most ${MAX_PROFILE_MS}, which is five minutes.`,
    );
  }
  const limitMs = forMs + WRITE_MS;
  return capture(workerIn(workers, slot), { kind: 'profile', forMs, limitMs, signal, finish });
}

/**
 * A heap snapshot of the worker in a slot (`.heapsnapshot`). The worker stands still meanwhile, and does not count as hung.
 *
 * @throws InvalidOptionError for an unknown slot
 * @throws CaptureError
 */
export async function heapSnapshot(
  workers: Workers,
  slot: number,
  { signal }: CaptureOptions = {},
): Promise<Capture> {
  return capture(workerIn(workers, slot), { kind: 'heap', forMs: 0, limitMs: HEAP_MS, signal });
}

/** The one that serves, if the slot has two. One that starts may not listen yet. */
function workerIn(workers: Workers, slot: number): WorkerHandle {
  const all = workers.handles().filter((worker) => worker.slot === slot);
  const inState = (state: WorkerState) => all.find(({ info }) => info.state === state);
  const found = inState('ready') ?? inState('draining');
  if (found) return found;
  // Throws if there is no such slot.
  workers.slotStatus(slot);
  const what = all.length > 0 ? 'no worker that has started' : 'no worker at the moment';
  throw new CaptureError(`Slot ${slot} has ${what}.`, slot, 'no-worker');
}

interface Order {
  readonly kind: CaptureKind;
  readonly forMs: number;
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly finish?: AbortSignal | undefined;
}

async function capture(
  { slot, generation, process: child }: WorkerHandle,
  { kind, forMs, limitMs, signal, finish }: Order,
): Promise<Capture> {
  signal?.throwIfAborted();
  const fail = failure(slot, kind);
  if (WorkerConversation.isOpenWith(child)) throw fail('busy', 'one is being taken already');
  const folder = makeFolder(fail);
  const worker = new WorkerConversation(child, { kind, file: folder.file, forMs });
  if (kind === 'heap') void excuse(child, worker.ended, limitMs);
  finish?.addEventListener('abort', worker.finish, { once: true });
  const taken = async () => {
    await within(BEGIN_MS, worker.began, () => fail('silent', hung(BEGIN_MS)));
    const { exited, error } = await within(limitMs, worker.ended, () =>
      fail('silent', hung(limitMs)),
    );
    if (exited) throw fail('exited', 'the worker ended meanwhile');
    if (error !== undefined) throw fail('failed', printable(error, MAX_ERROR));
  };
  try {
    await (signal ? unlessAborted(taken(), signal) : taken());
    const file = await folder.open().catch((cause) => {
      throw fail('failed', 'the file that it wrote cannot be read', { cause });
    });
    return { kind, slot, generation, pid: child.pid ?? 0, file };
  } catch (error) {
    worker.drop();
    throw error;
  } finally {
    finish?.removeEventListener('abort', worker.finish);
    void worker.ended.then(() => folder.remove());
  }
}

type Fail = (why: CaptureFailureReason, what: string, options?: ErrorOptions) => CaptureError;

function failure(slot: number, kind: CaptureKind): Fail {
  const name = kind === 'heap' ? 'heap snapshot' : 'profile';
  return (why, what, options) =>
    new CaptureError(`No ${name} of worker ${slot} was taken: ${what}.`, slot, why, options);
}

function makeFolder(fail: Fail): CaptureFolder {
  try {
    return new CaptureFolder();
  } catch (cause) {
    throw fail('failed', `the primary cannot make a folder for it (${reasonOf(cause)})`, { cause });
  }
}

const hung = (ms: number) =>
  `the worker has not answered for ${ms / 1_000} s: its event loop does not turn, or not often enough`;
