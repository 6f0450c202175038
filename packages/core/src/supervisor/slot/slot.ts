/**
 * Keeps a worker in one slot. state-machine.ts decides what follows from an event; this class carries it out, and reports
 * to it what happens to processes, timers and calls.
 */
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';
import { trace } from '../../process/trace.js';
import type { WorkerExit } from '../../worker-status.js';
import type { ResolvedRole } from '../options/role-options.js';
import { currentRelease, type Release, releaseOf } from '../process/release.js';
import type { WorkerProcess } from '../process/worker-process.js';
import { isReplaced, restartDelay } from '../restart/restart-policy.js';
import type {
  FailureStreak,
  SlotOptions,
  SlotReplacement,
  SlotReplaceOptions,
  SlotReport,
} from './contract.js';
import { CrashHistory } from './crash-history.js';
import { EventQueue } from './event-queue.js';
import { isOver, serves } from './occupants.js';
import { AlreadyReplaced, PendingCalls } from './pending-calls.js';
import { SlotAddresses } from './slot-addresses.js';
import { SlotProcesses } from './slot-processes.js';
import { type Effect, newSlot, type SlotEvent, type SlotState, WATCHES } from './state.js';
import { transition } from './state-machine.js';
import { stepText } from './step-text.js';

type To<Do extends Effect['do']> = Extract<Effect, { do: Do }>;

export class Slot implements SlotReport {
  readonly slot: number;
  readonly role: ResolvedRole;
  readonly #events: SlotOptions['events'];
  readonly #processes: SlotProcesses;
  readonly #pending = new PendingCalls();
  readonly #history: CrashHistory;
  readonly #addresses: SlotAddresses;
  #state: SlotState;
  readonly #eventQueue = new EventQueue<SlotEvent>((event) => this.#react(event));
  readonly #on = (event: SlotEvent): void => this.#eventQueue.push(event);
  /** What the slot runs until a replacement changes it: a crash must not bring in a deploy. */
  #release: Release;
  #lastExit: WorkerExit | undefined;
  #wait: Timer | undefined;
  #watch: Timer | undefined;

  constructor(options: SlotOptions) {
    const { slot, role, events, generation } = options;
    this.slot = slot;
    this.role = role;
    this.#events = events;
    const exited = (exit: WorkerExit) => this.#exited(exit);
    this.#processes = new SlotProcesses({ ...options, on: this.#on, exited });
    this.#history = new CrashHistory(role.restart);
    this.#addresses = new SlotAddresses(role.ready.timeoutMs);
    this.#state = newSlot(generation, role.restart.type === 'permanent');
    this.#release = options.release ?? releaseOf(role);
  }

  get generation(): number {
    return this.#state.generation;
  }

  /** Oldest first. */
  get processes(): WorkerProcess[] {
    return this.#processes.all;
  }

  get crashCount(): number {
    return this.#history.crashes;
  }

  get failing(): FailureStreak | undefined {
    return this.#history.failing;
  }

  get crashesOverBudget(): number | undefined {
    return this.#history.crashesOverBudget();
  }

  get lastExit(): WorkerExit | undefined {
    return this.#lastExit;
  }

  get isOver(): boolean {
    return isOver(this.#state);
  }

  get hasEnded(): boolean {
    return this.#state.life === 'over' && this.#state.done;
  }

  get serves(): boolean {
    return serves(this.#state);
  }

  /** Starts a first worker, and settles when it is ready. @throws LaunchFailure */
  start(): Promise<WorkerProcess> {
    return this.#pending.call({}, (id) => this.#on({ type: 'start', id }));
  }

  /**
   * Brings in a new worker, and lets the serving one leave when the new one is ready. One at a time: a second call waits.
   *
   * @throws LaunchFailure if the new one fails. The old one stays, or what follows is up to the restart policy.
   * @throws AlreadyReplaced
   */
  async replace(options: SlotReplaceOptions): Promise<SlotReplacement> {
    const { signal, generation, watchMs = 0 } = options;
    signal?.throwIfAborted();
    const task = { watched: watchMs > 0, ...(generation !== undefined && { generation }) };
    return this.#pending.call<SlotReplacement>(
      options,
      (id) => this.#on({ type: 'replace', task: { ...task, id } }),
      (id) => this.#on({ type: 'abort', id }),
    );
  }

  /** Its first worker ended as it should before it was ready: no worker follows. */
  end(): void {
    this.#on({ type: 'end' });
  }

  /** Drains all processes, and settles when they are gone. Nothing is ever started after it. */
  stop(): Promise<void> {
    this.#on({ type: 'stop', life: 'closed' });
    return this.#processes.gone();
  }

  /** Starts no more workers, unless a replacement brings the slot back. Does nothing while a worker serves. */
  giveUp(): void {
    this.#on({ type: 'stop', life: 'over' });
  }

  /** The slot no longer belongs to the cluster, so its failures do not count. */
  forget(): void {
    this.#recover();
  }

  kill(): void {
    for (const worker of this.processes) worker.kill();
  }

  #react(event: SlotEvent): void {
    const { state, effects } = transition(this.#state, event);
    this.#state = state;
    if (trace.enabled) trace('slot %d: %s', this.slot, stepText(event, state, effects));
    for (const effect of effects) this.#do(effect);
  }

  #do(effect: Effect): void {
    const worker = 'generation' in effect ? this.#processes.get(effect.generation) : undefined;
    switch (effect.do) {
      case 'prepare':
        this.#prepare(effect.generation);
        break;
      case 'fork':
        this.#processes.fork(effect.generation, effect.held);
        break;
      case 'kill':
        this.#processes.killLate(effect.generation);
        break;
      case 'drain':
        worker?.drain(this.role.drainTimeoutMs);
        break;
      case 'limit-drain':
        worker?.limitDrain(this.role.drainTimeoutMs);
        break;
      case 'open':
        worker?.openGate();
        break;
      case 'watch':
        if (worker) this.#watchFor(worker);
        break;
      case 'announce':
        if (worker) this.#announce(worker);
        break;
      case 'install':
        if (worker) this.#install(worker, effect);
        break;
      case 'lost':
        this.#lost(effect.generation);
        break;
      case 'wait':
        this.#waitForTurn();
        break;
      case 'cancel-wait':
        clearTimer(this.#wait);
        break;
      case 'settle':
        void this.#settle(effect);
        break;
      case 'over':
        this.#events.over(this);
        break;
    }
  }

  #prepare(generation: number): void {
    const { incoming, task } = this.#state;
    const replaces = incoming?.generation === generation;
    const asked = replaces ? this.#pending.options(task?.id).release : undefined;
    const release = asked ?? currentRelease(this.#release, this.role);
    if (!replaces) this.#release = release;
    this.#processes.prepare(generation, release);
  }

  /**
   * A slot that brings in a successor by itself accepts one with missing addresses, because the old worker leaves in any
   * case.
   */
  #watchFor(worker: WorkerProcess): void {
    const { id } = this.#state.task ?? {};
    const { watchMs = 0, allowMissing = false, signal } = this.#pending.options(id);
    const mayLack = id === undefined || allowMissing || this.#pending.removal(id) === 'kill';
    clearTimer(this.#watch);
    const compare = async () => {
      const lack = mayLack ? undefined : await this.#addresses.lackOf(worker, signal);
      if (lack) this.#processes.lacks(worker, lack);
      this.#on({ type: 'watched', generation: worker.generation, fits: lack === undefined });
    };
    if (watchMs > 0) this.#watch = setTimer(compare, watchMs / WATCHES);
    else void compare();
  }

  #announce(worker: WorkerProcess): void {
    this.#events.ready(worker, this.#history.isLogged(0));
    if (this.#state.serving?.generation === worker.generation) this.#takeOver(worker);
    this.#history.recoverLater(() => this.#recover());
  }

  #takeOver(worker: WorkerProcess): void {
    void this.#addresses.takeOver(worker).then((missing) => {
      if (missing.length > 0) this.#events.lacks(worker, missing);
    });
  }

  #recover(): void {
    if (this.#history.recover()) this.#events.recovered(this);
  }

  #install(worker: WorkerProcess, { predecessor, id }: To<'install'>): void {
    const before = this.#release;
    const old = this.#processes.get(predecessor);
    this.#release = worker.release;
    // The failures of the old code say nothing about the new code.
    this.#recover();
    this.#takeOver(worker);
    worker.openGate();
    if (this.#pending.removal(id) === 'kill') old?.kill();
    else old?.drain(this.role.drainTimeoutMs);
    const predecessorGone = old?.exited ?? Promise.resolve();
    this.#pending.resolve(id, { worker, before, predecessorGone } satisfies SlotReplacement);
  }

  #lost(generation: number): void {
    const worker = this.#processes.get(generation);
    const exit = this.#lastExit?.generation === generation ? this.#lastExit : undefined;
    const logged = this.#history.isLogged(1);
    const wasFailing = this.failing !== undefined;
    this.#history.lost(this.slot, worker, exit);
    if (wasFailing && !this.failing) this.#events.recovered(this);
    if (worker?.readyAt === undefined) {
      this.#events.failed(this.#processes.failure(generation), logged);
    }
    this.#events.lost(this);
  }

  #waitForTurn(): void {
    const delayMs = restartDelay(this.#history.inARow, this.role.restart, Math.random());
    this.#events.restarting(this, delayMs, this.#history.isLogged(0));
    clearTimer(this.#wait);
    this.#wait = setTimer(() => this.#on({ type: 'timer' }), delayMs);
  }

  async #settle({ id, outcome, generation }: To<'settle'>): Promise<void> {
    if (outcome === 'done') return this.#pending.resolve(id, this.#processes.get(generation));
    if (outcome === 'replaced') return this.#pending.reject(id, new AlreadyReplaced());
    const { signal } = this.#pending.options(id);
    // A worker that hangs is killed, whatever became of its successor.
    if (outcome === 'failed' && this.#pending.removal(id) === 'kill') {
      this.#processes.get(this.#state.serving?.generation)?.kill();
    }
    const failure = await this.#processes.failed(generation);
    this.#pending.reject(id, outcome === 'aborted' ? signal?.reason : failure);
  }

  #exited(exit: WorkerExit): void {
    const { generation } = exit;
    this.#lastExit = exit;
    const wasToServe = this.#state.serving?.generation === generation;
    if (!wasToServe && !exit.planned) this.#history.crashedAside();
    this.#events.exited(exit, !wasToServe || this.#history.isLogged(1));
    const follows = isReplaced(exit, this.role.restart.type);
    this.#on({ type: 'exited', generation, follows });
  }
}
