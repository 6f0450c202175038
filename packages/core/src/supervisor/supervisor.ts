// A whole cluster, as `startCluster()` returns it: its slots, the operations on them, and its end.

import { performance } from 'node:perf_hooks';
import { queueMicrotask, timeOfDay } from '@muster/codec/timers';
import * as check from '../checks/option-checks.js';
import type {
  Cluster,
  ClusterEvents,
  OperationOptions,
  ReloadOptions,
  ReloadResult,
} from '../cluster.js';
import type { Log, ReplaceOptions } from '../cluster-extension.js';
import { ClusterStoppedError } from '../errors.js';
import type { Supervision, WorkerHandle } from '../extensions/extension.js';
import type { ExtensionHost } from '../extensions/extension-host.js';
import type { ClusterStatus, SlotStatus, WorkerInfo } from '../worker-status.js';
import type { Announcer } from './events/announcer.js';
import { assertListener } from './events/event-names.js';
import { OperationQueue } from './operation-queue.js';
import { noSuchSlot, Operations, startError } from './operations.js';
import type { ResolvedOptions } from './options/options.js';
import { findRole } from './options/role-names.js';
import { closeListeningSockets } from './process/listening-sockets.js';
import { Scaling } from './scaling.js';
import { AlreadyReplaced } from './slot/pending-calls.js';
import type { SlotTable } from './slot/slot-table.js';
import { degradationOf } from './status/degradation.js';
import { ExitHistory } from './status/exit-history.js';
import { roleStatus, type StatusSources, slotStatus, workerStatuses } from './status/status.js';

export interface SupervisorOptions {
  readonly options: ResolvedOptions;
  readonly table: SlotTable;
  readonly announcer: Announcer;
  readonly extensions: ExtensionHost;
  /** Called once, when the last worker is gone after a stop, and waited for. */
  stopped(): Promise<void>;
}

export class Supervisor implements Cluster, Supervision {
  readonly isPrimary = true;
  readonly options: ResolvedOptions;
  readonly log: Log;
  readonly scaling: Scaling;
  readonly #table: SlotTable;
  readonly #announcer: Announcer;
  readonly #extensions: ExtensionHost;
  readonly #operations: Operations;
  readonly #queue = new OperationQueue();
  readonly #exits = new ExitHistory();
  readonly #startedAt = performance.now();
  readonly #stopped: () => Promise<void>;
  #state: ClusterStatus['state'] = 'starting';
  #stopping: Promise<void> | undefined;

  constructor({ options, table, announcer, extensions, stopped }: SupervisorOptions) {
    this.options = options;
    this.log = announcer.log;
    this.#table = table;
    this.#announcer = announcer;
    this.#extensions = extensions;
    this.#stopped = stopped;
    this.#operations = new Operations(options, table, announcer, () => this.#workerBytes());
    this.scaling = new Scaling({
      ...{ roles: options.roles, table },
      ...{ queue: this.#queue, operations: this.#operations },
    });
    announcer.on('workerExit', (exit) => {
      this.#exits.add(exit);
      this.#exits.keepOnly(table.all());
    });
  }

  get cluster(): Cluster {
    return this;
  }

  /** Settles when every worker is ready. If one exits before, rejects with nothing left running. */
  async start(): Promise<void> {
    try {
      await this.#queue.run({
        kind: 'start',
        run: async (signal) => {
          await this.#extensions.start(this);
          signal.throwIfAborted();
          const tasks = [this.#operations.start(signal), this.#extensions.duringStart(this)];
          await Promise.allSettled(tasks);
          await Promise.all(tasks);
        },
      });
      // A listener that heard of the last ready worker may have stopped the cluster.
      if (this.#stopping) return;
      this.#state = 'running';
      this.#extensions.started();
    } catch (error) {
      await this.stop('it could not be started');
      throw error;
    }
  }

  workers(): WorkerInfo[] {
    return this.handles().map(({ info }) => info);
  }

  handles(): WorkerHandle[] {
    const processes = this.#table.all().flatMap((slot) => slot.processes);
    return processes.filter(({ info }) => info.state !== 'exited');
  }

  status(): ClusterStatus {
    const sources = this.#sources();
    const workers = this.#table.all().flatMap((slot) => workerStatuses(slot, sources));
    const { running } = this.#queue;
    const { progress } = this.#operations;
    const { unavailable } = this.#extensions;
    const degraded = degradationOf(this.#table.all());
    return {
      pid: process.pid,
      uptimeMs: performance.now() - this.#startedAt,
      state: this.#state,
      ...(running === undefined || running === 'start' ? {} : { operation: running }),
      ...(progress && { progress }),
      ...(degraded && { degraded }),
      ...(unavailable.length > 0 && { unavailable }),
      ...this.#extensions.status(),
      addresses: [...new Set(workers.flatMap(({ addresses = [] }) => addresses))],
      roles: this.options.roles.map((role) =>
        roleStatus(role, this.#table.of(role), this.scaling.status(role)),
      ),
      workers,
    };
  }

  slotStatus(slot: number): SlotStatus {
    const found = this.#table.get(slot);
    if (!found) throw noSuchSlot(slot, this.#table);
    return slotStatus(found, this.#sources());
  }

  on<Name extends keyof ClusterEvents>(
    name: Name,
    listener: (event: ClusterEvents[Name]) => void,
  ): () => void {
    assertListener(name, listener);
    return this.#announcer.on(name, listener);
  }

  async reload(options: ReloadOptions = {}): Promise<ReloadResult> {
    const { role, parallel, allowMissing, signal } = check.objectOf('reload()', options, [
      'role',
      'parallel',
      'allowMissing',
      'signal',
    ]);
    if (allowMissing !== undefined) check.flag('reload(): allowMissing', allowMissing);
    if (parallel !== undefined) check.count('reload(): parallel', parallel);
    check.abortSignal('reload(): signal', signal);
    const { roles: all } = this.options;
    const roles = role === undefined ? all : [findRole(all, role)];
    return this.#queue.run(
      {
        kind: 'reload',
        key: `${role ?? ''} ${parallel ?? ''} ${allowMissing ?? false}`,
        run: (ends) => this.#operations.reload(roles, options, ends),
      },
      signal,
    );
  }

  async scale(
    workers: number | Record<string, number>,
    options: OperationOptions = {},
  ): Promise<void> {
    const signal = signalOf('scale()', options);
    return this.scaling.scale(workers, signal);
  }

  async restartWorker(slot: number, options: OperationOptions = {}): Promise<WorkerInfo> {
    const signal = signalOf('restartWorker()', options);
    if (!this.#table.get(slot)) throw noSuchSlot(slot, this.#table);
    return this.#queue.run(
      { kind: 'replace', run: (ends) => this.#operations.restart(slot, ends) },
      signal,
    );
  }

  async replace(slot: number, { reason, then = 'drain', generation }: ReplaceOptions) {
    if (this.#stopping) throw stoppedError();
    const found = this.#table.get(slot);
    if (!found) throw noSuchSlot(slot, this.#table);
    this.log.warn('worker.replace', `slot ${slot} is replaced: ${reason}`, { slot, reason });
    try {
      await found.replace({ then, generation });
    } catch (error) {
      if (error instanceof AlreadyReplaced) return;
      if (this.#stopping) throw stoppedError();
      throw startError(error, `Slot ${slot} was to be replaced (${reason})`);
    }
  }

  stop(reason = 'stop() was called'): Promise<void> {
    this.#stopping ??= new Promise((resolve, reject) => {
      // In a later turn, because a listener may call stop() as well.
      queueMicrotask(() => this.#stop(reason).then(resolve, reject));
    });
    return this.#stopping;
  }

  /** Kills every worker now, whatever it is doing. */
  kill(): void {
    for (const slot of this.#table.all()) slot.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(reason: string): Promise<void> {
    this.#state = 'stopping';
    this.#announcer.stopping(reason);
    const idle = this.#queue.stop(stoppedError());
    closeListeningSockets();
    await Promise.all(this.#table.all().map((slot) => slot.stop()));
    await idle;
    await this.#extensions.stopped();
    this.#state = 'stopped';
    await this.#stopped();
  }

  #workerBytes(): number | undefined {
    const all = this.handles().map((handle) => this.#extensions.vitals(handle).rssBytes ?? 0);
    return Math.max(0, ...all) || undefined;
  }

  #sources(): StatusSources {
    const vitals = this.#extensions.vitals.bind(this.#extensions);
    return { now: timeOfDay(), exits: this.#exits, vitals };
  }
}

/** Checked before anything is queued, so that a refused call does nothing. */
function signalOf(call: string, options: OperationOptions): AbortSignal | undefined {
  const { signal } = check.objectOf(call, options, ['signal']);
  check.abortSignal(`${call}: signal`, signal);
  return signal;
}

function stoppedError(): ClusterStoppedError {
  return new ClusterStoppedError('The cluster stops, or has stopped.');
}
