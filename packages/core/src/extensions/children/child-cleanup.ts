/**
 * Ends the processes that a worker started and left behind, once the worker is gone. Otherwise each reload would add one more.
 *
 * Each worker has its own mark in its environment, and every process that it starts inherits the mark, however deep and
 * detached. If a worker started a cluster, that primary drains on SIGTERM, and its workers have their own marks.
 */
import { randomUUID } from 'node:crypto';
import type { WorkerIdentity } from '../../worker-status.js';
import type { Extension, Supervision } from '../extension.js';
import { killMarked } from './kill-marked.js';

const MARK = 'MUSTER_CHILD_OF';

interface RoleWithChildren {
  readonly role: string;
  readonly children: 'kill' | 'leave';
}

export function createChildCleanup(roles: readonly RoleWithChildren[]): Extension {
  const kills = new Set(
    roles.filter(({ children }) => children === 'kill').map(({ role }) => role),
  );
  const cluster = randomUUID();
  const markOf = ({ slot, generation }: WorkerIdentity) => `${cluster}.${slot}.${generation}`;
  const ending = new Set<Promise<void>>();
  let supervision: Supervision | undefined;

  const end = async (worker: WorkerIdentity) => {
    const { pids, left } = await killMarked(`${MARK}=${markOf(worker)}`);
    const { slot, generation, role } = worker;
    const fields = { slot, generation, role, pids };
    const whose = `that worker ${slot} (generation ${generation}) had started`;
    if (left.length > 0) {
      const message = `processes ${whose} could not be ended: ${left.join(', ')}`;
      supervision?.log.warn('worker.children', message, { ...fields, left });
    } else if (pids.length > 0) {
      const message = `processes ${whose} were ended with it: ${pids.join(', ')}`;
      supervision?.log.info('worker.children', message, fields);
    }
  };

  return {
    name: 'children',
    start(given) {
      supervision = given;
    },
    // Set in any case: this primary may have been started by a worker, and inherited its environment.
    forkSettings: (worker) => ({ env: { [MARK]: kills.has(worker.role) ? markOf(worker) : '' } }),
    workerExited(worker) {
      if (!kills.has(worker.role)) return;
      const ended = end(worker).finally(() => ending.delete(ended));
      ending.add(ended);
    },
    async stopped() {
      await Promise.all(ending);
    },
  };
}
