// Passes on what workers print: always their stderr, and with `logs: 'prefix'` both outputs, each line with the slot that
// it comes from.
import { atMost } from '../../process/deadline.js';
import type { Extension } from '../extension.js';
import { RelayTarget } from './relay-target.js';

/** Milliseconds at the end of the cluster for the last lines to arrive: a child of a worker may keep its output open. */
const LAST_LINES_MS = 2_000;

/** `roles`: how many there are; with one, its name says nothing. */
export function createLogRelay(logs: 'inherit' | 'prefix', roles: number): Extension {
  // Opened with the first worker, because that takes two milliseconds of a start.
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
    /** Output that still waits for a reader is written at the exit of the process at the latest (reliable-output.ts). */
    async stopped() {
      await atMost(LAST_LINES_MS, Promise.all(relays));
    },
  };
}
