// How the slots of a cluster get their processes: the app's hook before, the fork, and what follows the exit.
import { randomUUID } from 'node:crypto';
import type { WorkerIdentity } from '../worker-status.js';
import type { Announcer } from './announcer.js';
import type { ExtensionHost } from './extension-host.js';
import { forkWorker } from './fork.js';
import type { LockRelease } from './lock-release.js';
import * as check from './option-checks.js';
import type { ResolvedOptions } from './options.js';
import type { ResolvedRole } from './role-options.js';
import { ServingSlots } from './serving-slots.js';
import type { SlotFork } from './slot-contract.js';
import { WorkerProcess } from './worker-process.js';

export interface SlotForksOptions {
  readonly options: ResolvedOptions;
  readonly announcer: Announcer;
  readonly extensions: ExtensionHost;
  readonly locks: LockRelease;
  overdue(process: WorkerProcess, timeoutMs: number): void;
  retiring(process: WorkerProcess): void;
}

export class SlotForks {
  readonly #options: SlotForksOptions;
  /** Tells the processes of this cluster from all others that use the same store. */
  readonly #cluster = randomUUID();
  readonly #serving = new ServingSlots();

  constructor(options: SlotForksOptions) {
    this.#options = options;
  }

  /** @throws what the app's hook throws, or that it takes longer than a worker may to be ready. */
  async prepare(role: ResolvedRole, worker: WorkerIdentity): Promise<Record<string, string>> {
    const { beforeFork } = this.#options.options.hooks;
    if (!beforeFork) return {};
    const { timeoutMs } = role.ready;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`the hook beforeFork did not settle within ${timeoutMs} ms`);
      timer = setTimeout(() => reject(error), timeoutMs);
    });
    try {
      const env = (await Promise.race([beforeFork(worker), late])) ?? {};
      check.assertObject('what beforeFork returned', env, 'an object of texts');
      return env;
    } finally {
      clearTimeout(timer);
    }
  }

  fork(role: ResolvedRole, identity: WorkerIdentity, slotFork: SlotFork): WorkerProcess {
    const { options, announcer, extensions, locks, overdue, retiring } = this.#options;
    const { release, overlaps, held, env } = slotFork;
    const gate = { open: !held };
    const owner = `${this.#cluster}.${identity.slot}.${identity.generation}`;
    const settings = extensions.forkSettings(identity);
    const awaitsServer = role.ready.when === 'auto' && this.#serving.has(identity);
    const forked = forkWorker({
      ...{ role, identity, release, owner, awaitsServer, overlaps, gate },
      logs: options.logs,
      settings: { execArgv: settings.execArgv, env: { ...env, ...settings.env } },
    });
    const listens = this.#serving.watch(forked.worker, identity, role.ready.timeoutMs);
    const worker = new WorkerProcess({
      ...forked,
      lacksServer: () => awaitsServer && !listens(),
      identity,
      release,
      gate,
      overdue: (process) => overdue(process, role.drainTimeoutMs),
      retiring,
      settle: () => locks.release(owner),
    });
    announcer.workerForked(worker);
    return worker;
  }
}
