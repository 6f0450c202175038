// The operations that the `muster` command and the console can begin, with their checks.
import { setImmediate } from 'node:timers';
import * as check from '../../../checks/option-checks.js';
import type { Cluster } from '../../../cluster.js';
import { InvalidOptionError } from '../../../errors.js';
import type { Supervision } from '../../extension.js';
import type { Call } from '../protocol.js';
import { flag, number, slotIn, text } from './call-arguments.js';

type Args = Call['args'];

export function createOperations({ cluster }: Pick<Supervision, 'cluster'>) {
  return {
    reload: (args: Args) => {
      const { role, allowMissing } = check.objectOf('reload', args, ['role', 'allowMissing']);
      return cluster.reload({
        ...(role !== undefined && { role: text('role', role) }),
        allowMissing: flag('allowMissing', allowMissing),
      });
    },
    scale: (args: Args) => {
      const { workers } = check.objectOf('scale', args, ['workers']);
      const { roles } = cluster.status();
      if (typeof workers === 'number' && roles.length > 1) {
        const [first] = roles;
        throw new InvalidOptionError(
          `There are ${roles.length} roles: say which one is to have how many, such as ${first?.role}=${workers}.`,
        );
      }
      return cluster.scale(counts(workers));
    },
    restart: (args: Args) => cluster.restartWorker(slotIn('restart', args)),
    stop: (args: Args) =>
      stop(cluster, flag('force', check.objectOf('stop', args, ['force']).force)),
  };
}

/**
 * Does what a SIGTERM does, so that the process ends as well; `force` is a second one. The signal comes after the answer,
 * because it may end the process at once.
 */
function stop(cluster: Cluster, force: boolean): void {
  const stopping = ['stopping', 'stopped'].includes(cluster.status().state);
  setImmediate(() => {
    if (!stopping) process.emit('SIGTERM', 'SIGTERM');
    if (force) process.emit('SIGTERM', 'SIGTERM');
  });
}

/** For all workers, or by role. */
function counts(value: Call['args'][string]): number | Record<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return number('workers', value);
  }
  return Object.fromEntries(
    Object.entries(value).map(([role, count]) => [role, number(`workers of ${role}`, count)]),
  );
}
