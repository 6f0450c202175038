// The calls of the `muster` command, as a primary handles them.
import * as check from '../../../checks/option-checks.js';
import { ConsoleError } from '../../../errors.js';
import type { Supervision } from '../../extension.js';
import type { ClusterDescription } from '../cluster-description.js';
import type { ClusterFacts } from '../cluster-facts.js';
import type { CallHandler } from '../socket-server.js';
import { slotIn } from './call-arguments.js';
import { createCaptureCalls } from './capture-calls.js';
import { createOperations } from './operations.js';

export function createCallHandlers(
  supervision: Pick<Supervision, 'cluster' | 'slotStatus' | 'handles'>,
  describe: () => ClusterDescription,
  queues: () => Promise<unknown>,
  facts: ClusterFacts,
  logCalls: Record<string, CallHandler> = {},
): Record<string, CallHandler> {
  const { cluster } = supervision;
  return {
    describe: (args) => {
      check.objectOf('describe', args, []);
      return describe();
    },
    status: (args) => {
      check.objectOf('status', args, []);
      return cluster.status();
    },
    // Apart from the status, which asks no store.
    queues: (args) => {
      check.objectOf('queues', args, []);
      return queues();
    },
    slot: (args) => supervision.slotStatus(slotIn('slot', args)),
    console: (args) => {
      check.objectOf('console', args, []);
      if (facts.console) return facts.console;
      throw new ConsoleError(
        'This cluster has no console. Start it with `--console`, or with the option admin.console.',
      );
    },
    ...createOperations(supervision),
    ...createCaptureCalls(supervision),
    ...logCalls,
  };
}
