// What happens to workers and reloads, as events. All else is told by the log.
import { timeOfDay } from '@muster/codec/timers';
import { exitText } from '../../../text/exit-text.js';
import { printable } from '../../../text/printable.js';
import type { PastExit, WorkerExit, WorkerInfo } from '../../../worker-status.js';
import type { Supervision } from '../../extension.js';
import type { EventLog } from './event-log.js';

/** Lines of stderr, and characters of each. */
const MAX_LINES = 10;
const MAX_CHARACTERS = 300;

export function tellClusterEvents(supervision: Supervision, events: EventLog): void {
  const { cluster } = supervision;
  let told = 0;
  const tellProgress = () => {
    const { progress, operation } = cluster.status();
    if (operation !== 'reload' || !progress || progress.done === told) return;
    told = progress.done;
    const text = `${progress.done} of ${progress.total} workers are replaced`;
    events.add({ level: 'info', type: 'reload.progress', text, ...progress });
  };
  cluster.on('workerStart', (worker) => {
    const text = `${named(worker)} starts (pid ${worker.pid})`;
    events.add({ level: 'info', type: 'worker.start', text, ...identity(worker) });
  });
  cluster.on('workerReady', (worker) => {
    const text = `${named(worker)} is ready after ${timeOfDay() - worker.startedAt} ms`;
    events.add({ level: 'info', type: 'worker.ready', text, ...identity(worker) });
    const handle = supervision
      .handles()
      .find(({ slot, generation }) => slot === worker.slot && generation === worker.generation);
    if (handle?.takesConnections === false) {
      const watched = `${named(worker)} is the canary of the reload: it is watched before others follow`;
      events.add({ level: 'info', type: 'reload.canary', text: watched, ...identity(worker) });
    }
    tellProgress();
  });
  cluster.on('workerExit', (exit) => {
    const level = exit.planned ? 'info' : 'error';
    const text = `${named(exit)} ${exitText(exit)}`;
    events.add({ level, type: 'worker.exit', text, ...identity(exit), exit: pastExit(exit) });
    tellProgress();
  });
  cluster.on('reloadStart', ({ roles }) => {
    told = 0;
    events.add({ level: 'info', type: 'reload.start', text: 'a reload begins', roles });
  });
}

function named({ role, slot, generation }: WorkerInfo): string {
  return `${role === 'worker' ? 'worker' : `worker of ${role}`} ${slot} (generation ${generation})`;
}

function identity({ role, slot, generation }: WorkerInfo) {
  return { role, slot, generation };
}

function pastExit(exit: WorkerExit): PastExit {
  const { generation, pid, code, signal, planned, startedAt } = exit;
  const { outOfMemory, expelled, spawnError } = exit;
  return {
    ...{ generation, pid, code, signal, planned, startedAt, exitedAt: timeOfDay() },
    ...(outOfMemory && { outOfMemory }),
    ...(expelled !== undefined && { expelled }),
    ...(spawnError !== undefined && { spawnError }),
    stderr: exit.stderr.slice(-MAX_LINES).map((line) => printable(line, MAX_CHARACTERS)),
  };
}
