// What the workers print goes through the primary: their stderr always, and with `logs: 'prefix'` both of their outputs,
// each line with the slot that it comes from.
import { atMost } from '../../process/deadline.js';
import type { Extension } from '../extension.js';
import { RelayTarget } from './relay-target.js';

/** Milliseconds at the end of the cluster for the last lines to come: a child of a worker may hold its output open. */
const LAST_LINES_MS = 2_000;

/** `roles`: how many there are; with one, its name says nothing. */
export function createLogRelay(logs: 'inherit' | 'prefix', roles: number): Extension {
  // Opened with the first worker: to open them takes a start two milliseconds.
  let outputs: Record<'stdout' | 'stderr', RelayTarget> | undefined;
  const relays = new Set<Promise<void>>();

  return {
    name: 'log relay',
    workerForked({ slot, role, process: child }) {
      const name = roles > 1 ? `${role}.${slot}` : `${slot}`;
      for (const output of ['stdout', 'stderr'] as const) {
        if (!child[output]) continue;
        outputs ??= {
          stdout: new RelayTarget(process.stdout),
          stderr: new RelayTarget(process.stderr),
        };
        const prefix = logs === 'prefix' ? `${name} | ` : undefined;
        const relay = outputs[output].relay(child[output], prefix);
        relays.add(relay);
        void relay.then(() => relays.delete(relay));
      }
    },
    /** What then waits for a reader is written at the exit of the process, if not before (reliable-output.ts). */
    async stopped() {
      await atMost(LAST_LINES_MS, Promise.all(relays));
    },
  };
}
