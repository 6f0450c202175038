// How the slots of a cluster get their processes: the app's hook, the fork, and the cleanup after the exit.
import * as check from '../checks/option-checks.js';
import type { ExtensionHost } from '../extensions/extension-host.js';
import type { LockRelease } from '../extensions/locks/lock-release.js';
import { within } from '../process/deadline.js';
import { trace } from '../process/trace.js';
import { exitText } from '../text/exit-text.js';
import type { WorkerIdentity } from '../worker-status.js';
import type { Announcer } from './events/announcer.js';
import type { GuardReport } from './guard/worker-guard.js';
import type { ResolvedOptions } from './options/options.js';
import type { ResolvedRole } from './options/role-options.js';
import { forkWorker } from './process/fork.js';
import { OomKills } from './process/out-of-memory.js';
import { ServingSlots } from './process/serving-slots.js';
import { WorkerAddresses } from './process/worker-addresses.js';
import { WorkerProcess } from './process/worker-process.js';
import { appOf, workerTitle } from './process-titles.js';
import type { SlotFork } from './slot/contract.js';

export interface SlotForksOptions {
  readonly options: ResolvedOptions;
  readonly announcer: Announcer;
  readonly extensions: ExtensionHost;
  readonly locks: LockRelease;
  /** The id of the cluster: what the owners of its workers begin with. */
  readonly cluster: string;
  overdue(process: WorkerProcess, timeoutMs: number): void;
  stuck(process: WorkerProcess, exitCode: number, afterMs: number): void;
}

export class SlotForks {
  readonly #options: SlotForksOptions;
  readonly #serving = new ServingSlots();
  readonly #oomKills = new OomKills();

  constructor(options: SlotForksOptions) {
    this.#options = options;
  }

  /** @throws what the app's hook throws, or an error if the hook takes longer than a worker may take to be ready. */
  async prepare(role: ResolvedRole, worker: WorkerIdentity): Promise<Record<string, string>> {
    const { beforeFork } = this.#options.options.hooks;
    if (!beforeFork) return {};
    const { timeoutMs } = role.ready;
    const late = () => new Error(`the hook beforeFork did not settle within ${timeoutMs} ms`);
    const env = await within(timeoutMs, Promise.resolve(beforeFork(worker)), late);
    return check.textsByName('what beforeFork returned', env ?? {});
  }

  fork(role: ResolvedRole, identity: WorkerIdentity, slotFork: SlotFork): WorkerProcess {
    const { options, announcer, extensions, locks, cluster, overdue, stuck } = this.#options;
    const { release, overlaps, held, env, on } = slotFork;
    const gate = { open: !held };
    const owner = `${cluster}.${identity.slot}.${identity.generation}`;
    const settings = extensions.forkSettings(identity);
    const expects = this.#serving.expects(identity);
    // A worker that may end by itself is a job, and has no server.
    const settles = expects === 'unknown' && role.restart.type === 'permanent';
    const awaitsServer = role.ready.when === 'auto' && expects === 'server';
    const forked = forkWorker({
      ...{ role, identity, release, owner, awaitsServer, overlaps, gate },
      settleMs: settles ? role.ready.settleMs : 0,
      keepsOutput: options.logs.keep,
      title: workerTitle(appOf(options), identity),
      guard: this.#guard(identity, (why) => worker.expelled(why)),
      settings: { execArgv: settings.execArgv, env: { ...env, ...settings.env } },
    });
    const addresses = new WorkerAddresses();
    this.#serving.watch(addresses, identity, role.ready.timeoutMs);
    const worker: WorkerProcess = new WorkerProcess({
      ...forked,
      addresses,
      lacksServer: () => awaitsServer && addresses.current.length === 0,
      identity,
      release,
      gate,
      overdue: (process) => overdue(process, role.drainTimeoutMs),
      stuck,
      on: (event) => {
        const isWithout = event === 'ready' && addresses.current.length === 0;
        if (isWithout) this.#serving.restsWithout(identity);
        on(event);
      },
      oomKilled: this.#oomKills.take,
      settle: (exit) => locks.release(owner, exitText(exit), () => worker.hasHeld),
    });
    const { slot, generation } = identity;
    trace('slot %d: generation %d is forked, pid %d', slot, generation, worker.info.pid);
    announcer.workerForked(worker);
    return worker;
  }

  #guard({ slot, generation, role }: WorkerIdentity, expelled: (why: string) => void): GuardReport {
    const { log } = this.#options.announcer;
    const who = `worker ${slot} (role ${role}, generation ${generation})`;
    const fields = { slot, generation, role };
    return {
      refused(what) {
        const message = `${who} sent the primary ${what}; it was ignored. A worker that goes on with this is killed.`;
        log.warn('worker.refused', message, fields);
      },
      expelled(why) {
        log.error('worker.expelled', `${who} is killed: ${why}.`, { ...fields, why });
        expelled(why);
      },
    };
  }
}
