// What the log says of the other machines.

import type { JoinEvents, MachinesOptions } from '@muster/machines';
import type { Log } from '../../cluster-extension.js';

export function logOf(log: Log, { group = 'default', secret }: MachinesOptions): JoinEvents {
  /** The names of the machines that are in the group, by their ids. */
  const present = new Map<string, string>();
  return {
    onLink(trouble) {
      if (trouble === undefined) {
        log.info('machines.linked', 'the link to the other machines is up');
        return;
      }
      const reason = trouble.message;
      log.warn('machines.cut', `the link to the other machines is down: ${reason}`, { reason });
    },
    onJoined({ name, id }) {
      present.set(id, name);
      const fields = { machine: name, id };
      log.info('machines.joined', `machine ${name} has joined the group ${group}`, fields);
    },
    onRenamed({ name, id }, before) {
      present.set(id, name);
      const fields = { machine: name, before, id };
      log.info('machines.renamed', `machine ${before} is called ${name} from now on`, fields);
    },
    onLeft({ name, id }) {
      present.delete(id);
      // One that was killed is given up after its successor has come.
      const isThere = [...present.values()].includes(name);
      const rest = isThere ? ', where another one of this name is now' : '';
      const fields = { machine: name, id };
      log.info('machines.left', `machine ${name} has left the group ${group}${rest}`, fields);
    },
    onRefused() {
      const what =
        secret === undefined
          ? 'they were not written by this version of Muster'
          : 'they were not sealed with the `secret` of this machine';
      log.warn(
        'machines.refused',
        `entries of other machines in the group ${group} are refused: ${what}. Give all machines of the group the same \`secret\` and version; \`muster status --machines\` counts what is refused`,
        { group },
      );
    },
  };
}
