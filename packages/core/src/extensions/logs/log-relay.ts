/**
 * Passes on what workers print, and keeps the last of it for `muster logs`: always their stderr, and their stdout unless they
 * print it themselves (`logs: 'inherit'`).
 */
import { atMost } from '../../process/deadline.js';
import type { Extension } from '../extension.js';
import type { KeptLogs } from './kept-logs.js';
import { PacedReading } from './paced-reading.js';
import { RelayTarget } from './relay-target.js';

/** Milliseconds at the end of the cluster for the last lines to arrive: a child of a worker may keep its output open. */
const LAST_LINES_MS = 2_000;

/** `roles`: how many there are; with one, its name says nothing. */
export function createLogRelay(prefixed: boolean, roles: number, kept: KeptLogs): Extension {
  // Opened with the first worker, because that takes two milliseconds of a start.
  let outputs: Record<'stdout' | 'stderr', RelayTarget> | undefined;
  const relays = new Set<Promise<void>>();
  const pacing = new PacedReading();

  return {
    name: 'log relay',
    workerForked({ slot, generation, role, process: child }) {
      const name = roles > 1 ? `${role}.${slot}` : `${slot}`;
      for (const output of ['stdout', 'stderr'] as const) {
        const source = child[output];
        if (!source) continue;
        outputs ??= {
          stdout: new RelayTarget(process.stdout),
          stderr: new RelayTarget(process.stderr),
        };
        const own = kept.open({ slot, generation, role }, output);
        source.on('data', own.add);
        source.once('close', own.end);
        const relay = outputs[output].relay(source, prefixed ? `${name} | ` : undefined);
        pacing.pace(source);
        relays.add(relay);
        void relay.then(() => relays.delete(relay));
      }
    },
    /** Output that still waits for a reader is written at the exit of the process at the latest (reliable-output.ts). */
    async stopped() {
      await atMost(LAST_LINES_MS, Promise.all(relays));
      kept.close();
    },
  };
}
