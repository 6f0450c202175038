// The shapes of `status()`, out of what the slots know.
import type { RoleStatus, WorkerIdentity, WorkerStatus, WorkerVitals } from '../worker-status.js';
import type { ResolvedRole } from './role-options.js';
import type { Slot } from './slot.js';
import type { WorkerProcess } from './worker-process.js';

type Vitals = (worker: WorkerIdentity) => WorkerVitals;

/** A line for each process of the slot, or one for none. */
export function workerStatuses(slot: Slot, now: number, vitals: Vitals): WorkerStatus[] {
  const alive = slot.processes.filter(({ info }) => info.state !== 'exited');
  if (alive.length > 0) return alive.map((worker) => aliveStatus(slot, worker, now, vitals));
  return [
    {
      slot: slot.slot,
      role: slot.role.role,
      generation: slot.generation,
      state: slot.isOver ? 'stopped' : 'waiting',
      uptimeMs: 0,
      ...historyOf(slot, slot.generation),
    },
  ];
}

function aliveStatus(slot: Slot, worker: WorkerProcess, now: number, vitals: Vitals): WorkerStatus {
  const { info } = worker;
  return {
    slot: info.slot,
    role: info.role,
    generation: info.generation,
    pid: info.pid,
    state: info.state === 'exited' ? 'draining' : info.state,
    uptimeMs: Math.max(0, now - info.startedAt),
    ...historyOf(slot, info.generation),
    ...vitals(worker),
  };
}

function historyOf(
  { crashCount, lastExit }: Slot,
  generation: number,
): Pick<WorkerStatus, 'restarts' | 'crashes' | 'lastExit'> {
  const restarts = Math.max(0, generation - 1);
  if (!lastExit) return { restarts, crashes: crashCount };
  const { code, signal, planned } = lastExit;
  return { restarts, crashes: crashCount, lastExit: { code, signal, planned } };
}

export function roleStatus({ role }: ResolvedRole, slots: readonly Slot[]): RoleStatus {
  const ready = slots.filter((slot) => slot.processes.some(({ info }) => info.state === 'ready'));
  const stopped = slots.length > 0 && slots.every((slot) => slot.isOver);
  return {
    role,
    workers: slots.length,
    ready: ready.length,
    state: stopped ? 'stopped' : 'running',
  };
}
