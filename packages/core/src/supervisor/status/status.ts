// Makes the shapes of `status()` from what the slots know.
import { displayAddress } from '../../channel/listen-address.js';
import type {
  AutoscaleStatus,
  RoleStatus,
  SlotStatus,
  WorkerIdentity,
  WorkerStatus,
  WorkerVitals,
} from '../../worker-status.js';
import type { ResolvedRole } from '../options/role-options.js';
import { resolvedPath } from '../process/release.js';
import type { WorkerProcess } from '../process/worker-process.js';
import type { Slot } from '../slot/slot.js';
import { withoutSecrets } from './command-line.js';
import { degradationOf } from './degradation.js';
import type { ExitHistory } from './exit-history.js';
import { shortStderr } from './short-stderr.js';

/** The sources beside the slots themselves. */
export interface StatusSources {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly exits: ExitHistory;
  vitals(worker: WorkerIdentity): WorkerVitals;
}

/** An entry for each process of the slot, or one without a process. */
export function workerStatuses(slot: Slot, sources: StatusSources): WorkerStatus[] {
  const alive = slot.processes.filter(({ info }) => info.state !== 'exited');
  if (alive.length > 0) return alive.map((worker) => aliveStatus(slot, worker, sources));
  return [
    {
      slot: slot.slot,
      role: slot.role.role,
      generation: slot.generation,
      state: slot.isOver ? 'stopped' : 'waiting',
      uptimeMs: 0,
      ...historyOf(slot, slot.generation, sources),
    },
  ];
}

function aliveStatus(slot: Slot, worker: WorkerProcess, sources: StatusSources): WorkerStatus {
  const { info } = worker;
  return {
    slot: info.slot,
    role: info.role,
    generation: info.generation,
    pid: info.pid,
    state: info.state === 'exited' ? 'draining' : info.state,
    uptimeMs: Math.max(0, sources.now - info.startedAt),
    addresses: worker.addresses.current.map(displayAddress),
    ...(worker.hang && { hang: worker.hang }),
    ...historyOf(slot, info.generation, sources),
    ...sources.vitals(worker),
  };
}

function historyOf(
  { slot, crashCount: crashes, generation: newest, processes }: Slot,
  generation: number,
  { exits }: StatusSources,
): Pick<WorkerStatus, 'restarts' | 'crashes' | 'lastExit'> {
  const alive = processes.filter(({ info }) => info.state !== 'exited').length;
  // An aborted reload may have ended processes that came after this one.
  const restarts = Math.max(0, generation - 1, newest - Math.max(1, alive));
  const [last] = exits.of(slot);
  if (!last) return { restarts, crashes };
  return { restarts, crashes, lastExit: { ...last, stderr: shortStderr(last.stderr) } };
}

export function slotStatus(slot: Slot, sources: StatusSources): SlotStatus {
  const { role } = slot;
  const code = resolvedPath(role.code.path);
  const execArgv = role.execArgv({ slot: slot.slot, role: role.role, generation: slot.generation });
  return {
    slot: slot.slot,
    role: role.role,
    workers: workerStatuses(slot, sources),
    exits: sources.exits.of(slot.slot),
    commandLine: withoutSecrets([process.execPath, ...execArgv, code, ...role.args]),
    cwd: role.cwd === undefined ? process.cwd() : resolvedPath(role.cwd),
  };
}

export function roleStatus(
  { role }: ResolvedRole,
  slots: readonly Slot[],
  autoscale: AutoscaleStatus | undefined,
): RoleStatus {
  const ready = slots.filter((slot) => slot.processes.some(({ info }) => info.state === 'ready'));
  const stopped = slots.length > 0 && slots.every((slot) => slot.isOver);
  const degraded = degradationOf(slots);
  return {
    role,
    workers: slots.length,
    ready: ready.length,
    state: stopped ? 'stopped' : 'running',
    ...(degraded && { degraded }),
    ...(autoscale && { autoscale }),
  };
}
