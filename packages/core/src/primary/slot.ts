/**
 * One slot: keeps a worker in it. A crash is followed up as the restart policy says; a replacement comes first, and its
 * predecessor goes when it is ready.
 *
 * At most one process serves, or is to; at most one is incoming; those that are leaving are drained or killed already.
 */
import type { Farewell } from '../extension.js';
import type { WorkerExit } from '../worker-status.js';
import { LaunchFailure, survives, untilReady } from './launch.js';
import { currentRelease, type Release, releaseOf } from './release.js';
import { type Crash, type Ending, isCrash, type RestartDecision } from './restart-policy.js';
import type { ResolvedRole } from './role-options.js';
import { lackOf, untilListensLike, wantedOf } from './same-addresses.js';
import type { SlotOptions, SlotReplacement, SlotReplaceOptions } from './slot-contract.js';
import type { WorkerAddresses } from './worker-addresses.js';
import type { WorkerProcess } from './worker-process.js';

/** What was to be replaced is not there any more. */
export class AlreadyReplaced extends Error {}

/** How many crashes are remembered at least: the growing delay looks at the last few. */
const REMEMBERED_CRASHES = 16;

export class Slot {
  readonly slot: number;
  readonly role: ResolvedRole;
  readonly #options: SlotOptions;
  readonly #processes = new Set<WorkerProcess>();
  /** What runs here until a replacement says otherwise: a crash must not bring in a deploy that nobody asked for. */
  #release: Release;
  #generation: number;
  #serving: WorkerProcess | undefined;
  /** Of the worker that serves, or served last. */
  #addresses: WorkerAddresses | undefined;
  #incoming: WorkerProcess | undefined;
  #crashes: Crash[] = [];
  #crashCount = 0;
  #lastExit: WorkerExit | undefined;
  #timer: NodeJS.Timeout | undefined;
  #state: 'running' | 'over' | 'closed' = 'running';
  #hasEnded = false;
  #replacing = false;
  /** What a replacement under way puts off. */
  #putOff: (() => void) | undefined;
  /** All that may still fork. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor(options: SlotOptions) {
    this.#options = options;
    this.slot = options.slot;
    this.role = options.role;
    this.#generation = options.generation;
    this.#release = releaseOf(options.role);
  }

  get generation(): number {
    return this.#generation;
  }

  /** What serves, or starts to. */
  get serving(): WorkerProcess | undefined {
    return this.#serving;
  }

  /** Oldest first. */
  get processes(): WorkerProcess[] {
    return [...this.#processes];
  }

  get crashCount(): number {
    return this.#crashCount;
  }

  get lastExit(): WorkerExit | undefined {
    return this.#lastExit;
  }

  /** Whether nothing follows: its budget is spent, its worker ended as it should, or it was stopped. */
  get isOver(): boolean {
    return this.#state !== 'running';
  }

  /** Whether its worker ended as it should, and is not to run again. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Its worker ended as it should: nothing follows. */
  end(): void {
    this.#hasEnded = true;
    this.#over({ kind: 'end' });
  }

  /** Whether a worker follows after a delay. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * Starts a worker, and settles when it is ready. Where it ends before that, and `follow` says so (the default), the
   * restart policy tells what comes next; once it is ready, the policy does in any case.
   *
   * @throws LaunchFailure
   */
  async start({ follow = true } = {}): Promise<WorkerProcess> {
    const startedAt = Date.now();
    this.#release = currentRelease(this.#release, this.role);
    try {
      const forked = this.#fork(this.#release, false).then((worker) => this.#serve(worker, follow));
      this.#busy = Promise.allSettled([this.#busy, forked]);
      const worker = await forked;
      await untilReady(worker, this.role.ready.timeoutMs);
      this.#options.events.ready(worker);
      this.#takeOver(worker);
      return worker;
    } catch (error) {
      const failure = error as LaunchFailure;
      if (follow) this.#options.events.failed(failure);
      // Of one that was there its exit says the rest.
      if (follow && failure.reason === 'not-forked') {
        this.#follow({ code: null, planned: false }, startedAt);
      }
      throw failure;
    }
  }

  /**
   * Brings in a new worker, and lets the one that serves go when it is ready. One at a time: a second call waits.
   *
   * @throws LaunchFailure where the new one fails. The old one stays, or is followed up as the policy says.
   * @throws AlreadyReplaced
   */
  replace(options: SlotReplaceOptions): Promise<SlotReplacement> {
    const replaced = this.#busy.then(() => this.#replace(options));
    this.#busy = replaced.catch(() => {});
    return replaced;
  }

  /** A worker that somebody asked to end: the one that serves stays until its replacement is ready, if it is to have one. */
  letGo(worker: WorkerProcess): void {
    const drain = () => worker.drain(this.role.drainTimeoutMs);
    const { generation } = worker;
    const isReplaced = this.#state === 'running' && this.role.restart.type === 'permanent';
    if (worker !== this.#serving || worker.readyAt === undefined || !isReplaced) drain();
    else this.replace({ generation, allowMissing: true }).catch(drain);
  }

  /** Drains whatever is there, and settles when it is gone. Nothing is started after it, ever. */
  stop(): Promise<void> {
    return this.#drain('closed');
  }

  /** Like `stop`, but a replacement may bring the slot back. */
  retire(): Promise<void> {
    return this.#drain('over');
  }

  async #drain(state: 'over' | 'closed'): Promise<void> {
    if (this.#state !== 'closed') this.#state = state;
    this.#clearTimer();
    const processes = this.processes;
    for (const worker of processes) worker.drain(this.role.drainTimeoutMs);
    await Promise.all(processes.map((worker) => worker.exited));
    await this.#busy;
  }

  kill(): void {
    for (const worker of this.#processes) worker.kill();
  }

  async #replace(options: SlotReplaceOptions): Promise<SlotReplacement> {
    options.signal?.throwIfAborted();
    const { generation } = options;
    if (generation !== undefined && this.#serving?.generation !== generation) {
      throw new AlreadyReplaced();
    }
    const wasOver = this.#state === 'over';
    const hadEnded = this.#hasEnded;
    const wasWaiting = this.isWaiting;
    this.#clearTimer();
    if (wasOver) this.#state = 'running';
    this.#hasEnded = false;
    this.#replacing = true;
    try {
      const release = options.release ?? currentRelease(this.#release, this.role);
      const worker = await this.#bringIn(release, options);
      return this.#handOver(worker, options);
    } catch (error) {
      if (farewell(options) === 'kill') this.#serving?.kill();
      if (wasOver && this.#state === 'running') this.#state = 'over';
      this.#hasEnded = hadEnded;
      if (wasWaiting) this.#startAfter(this.role.restart.minDelayMs);
      this.#putOff?.();
      throw error;
    } finally {
      this.#replacing = false;
      this.#putOff = undefined;
    }
  }

  async #bringIn(release: Release, options: SlotReplaceOptions): Promise<WorkerProcess> {
    const { watchMs = 0, signal } = options;
    const worker = await this.#fork(release, watchMs > 0);
    this.#incoming = worker;
    const drop = () => worker.drain(this.role.drainTimeoutMs);
    signal?.addEventListener('abort', drop, { once: true });
    try {
      if (signal?.aborted) drop();
      await untilReady(worker, this.role.ready.timeoutMs);
      this.#options.events.ready(worker);
      if (watchMs > 0) await survives(worker, watchMs);
      await this.#compare(worker, options);
      worker.openGate();
      if (watchMs > 0) await survives(worker, 2 * watchMs);
      await this.#compare(worker, options);
    } finally {
      this.#incoming = undefined;
      signal?.removeEventListener('abort', drop);
      signal?.throwIfAborted();
    }
    return worker;
  }

  /** One that lacks an address is dropped, unless the old one is lost in any case. */
  async #compare(worker: WorkerProcess, options: SlotReplaceOptions): Promise<void> {
    const { allowMissing = false, signal } = options;
    if (!this.#addresses || allowMissing || farewell(options) === 'kill') return;
    const wanted = wantedOf(this.#addresses, this.role.ready.timeoutMs);
    const missing = await untilListensLike(worker, wanted, signal);
    if (missing.length === 0 || signal?.aborted) return;
    const lack = lackOf(missing, worker.addresses.current);
    worker.drain(this.role.drainTimeoutMs);
    await worker.exited;
    throw new LaunchFailure(worker, 'missing-address', { lack, missing });
  }

  /** It serves from here on. What it lacks is told, since nothing else of this slot can have it. */
  #takeOver(worker: WorkerProcess): void {
    const had = this.#addresses;
    this.#addresses = worker.addresses;
    if (!had) return;
    const wanted = wantedOf(had, this.role.ready.timeoutMs);
    // As it is now: the one before drains, and closes them.
    const addresses = wanted.addresses();
    untilListensLike(worker, { ...wanted, addresses: () => addresses }).then(
      (missing) => missing.length > 0 && this.#options.events.lacks(worker, missing),
      () => {},
    );
  }

  #handOver(worker: WorkerProcess, options: SlotReplaceOptions): SlotReplacement {
    const predecessor = this.#serving;
    const before = this.#release;
    this.#release = worker.release;
    // What the old code did says nothing about the new.
    this.#crashes = [];
    this.#serve(worker, true);
    this.#takeOver(worker);
    if (farewell(options) === 'kill') predecessor?.kill();
    else predecessor?.drain(this.role.drainTimeoutMs);
    return { worker, before, predecessorGone: predecessor?.exited ?? Promise.resolve() };
  }

  async #fork(release: Release, held: boolean): Promise<WorkerProcess> {
    this.#generation += 1;
    const { slot, role } = this;
    const identity = { slot, generation: this.#generation, role: role.role };
    try {
      const env = await this.#options.prepare(identity);
      if (this.#state !== 'running') throw new Error('the slot was stopped meanwhile');
      const overlaps = this.#processes.size > 0;
      const worker = this.#options.fork(identity, { release, overlaps, held, env });
      this.#processes.add(worker);
      void worker.exited.then((exit) => {
        this.#processes.delete(worker);
        this.#lastExit = exit;
        this.#options.events.exited(exit);
      });
      return worker;
    } catch (cause) {
      throw new LaunchFailure(identity, 'not-forked', { cause });
    }
  }

  #serve(worker: WorkerProcess, follow: boolean): WorkerProcess {
    this.#serving = worker;
    void worker.exited.then((exit) => {
      if (this.#serving !== worker) return;
      this.#serving = undefined;
      // There is nobody left to take the connections in its stead.
      this.#incoming?.openGate();
      if (follow || worker.readyAt !== undefined) this.#follow(exit, exit.startedAt);
    });
    return worker;
  }

  /** What follows the end of the worker that served. */
  #follow(ending: Ending, startedAt: number): void {
    if (this.#state !== 'running') return;
    if (isCrash(ending)) {
      this.#crashCount += 1;
      this.#crashes.push({ startedAt, exitedAt: Date.now() });
      const { maxCrashes } = this.role.restart;
      const most = Number.isFinite(maxCrashes) ? maxCrashes : 0;
      this.#crashes = this.#crashes.slice(-Math.max(most, REMEMBERED_CRASHES));
    }
    if (this.#replacing) this.#putOff = () => this.#decide(ending);
    else this.#decide(ending);
  }

  #decide(ending: Ending): void {
    if (this.#state !== 'running') return;
    const decision = this.#options.events.decide(this, ending, this.#crashes);
    if (decision.kind === 'replace') {
      this.#options.events.restarting(this, decision.delayMs);
      this.#startAfter(decision.delayMs);
    } else {
      this.#hasEnded = decision.kind === 'end';
      this.#over(decision);
    }
  }

  #over(decision: Exclude<RestartDecision, { kind: 'replace' }>): void {
    if (this.#state !== 'running') return;
    this.#state = 'over';
    this.#options.events.over(this, decision);
  }

  #startAfter(delayMs: number): void {
    if (this.#state !== 'running') return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.start().catch(() => {});
    }, delayMs);
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function farewell({ then }: SlotReplaceOptions): Farewell | undefined {
  return typeof then === 'function' ? then() : then;
}
