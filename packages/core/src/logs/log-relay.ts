// `logs: 'prefix'`: what the workers print goes through the primary, each line with the slot that it comes from.
import type { Extension } from '../extension.js';
import { RelayTarget } from './relay.js';

/** Milliseconds at the end of the process for whoever reads its output to take the last lines. */
const LAST_LINES_MS = 2_000;

/** `roles`: how many there are; with one, its name says nothing. */
export function createLogRelay(roles: number): Extension {
  const outputs = {
    stdout: new RelayTarget(process.stdout),
    stderr: new RelayTarget(process.stderr),
  };
  const relays = new Set<Promise<void>>();

  return {
    name: 'log relay',
    workerForked({ slot, role, process: child }) {
      const prefix = roles > 1 ? `${role}.${slot} | ` : `${slot} | `;
      for (const name of ['stdout', 'stderr'] as const) {
        if (!child[name]) continue;
        const relay = outputs[name].relay(child[name], prefix);
        relays.add(relay);
        void relay.then(() => relays.delete(relay));
      }
    },
    async stopped() {
      // A child of a worker may hold its output open for longer than we live.
      const timeout = new Promise<void>((resolve) => setTimeout(resolve, LAST_LINES_MS).unref());
      await Promise.race([Promise.all(relays), timeout]);
      await Promise.all(Object.values(outputs).map((output) => output.flushed(LAST_LINES_MS)));
    },
  };
}
