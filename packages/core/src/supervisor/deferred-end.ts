/**
 * While a signal stops the cluster, the app's own shutdown code cannot end the primary: with it, a container or a service
 * would end the workers in the middle of their drains. A preload of NODE_OPTIONS runs in the primary as well, and many a
 * listener for SIGTERM calls `process.exit()` when it has flushed, or sends the signal again.
 */
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { trace } from '../process/trace.js';

const { SIGTERM, SIGINT } = constants.signals;
/** As `process.kill()` takes them; without one, it sends SIGTERM. */
const ENDS: ReadonlySet<unknown> = new Set(['SIGTERM', 'SIGINT', SIGTERM, SIGINT, undefined]);

/** From here on, `process.exit()` and a signal to the process itself do nothing. Returns what ends the process. */
export function deferEnd(): (code: number) => void {
  const { exit, kill } = process;
  process.exit = (() => trace('process.exit() waits for the workers')) as typeof process.exit;
  process.kill = (pid, signal) =>
    pid === process.pid && ENDS.has(signal) ? true : kill.call(process, pid, signal);
  // For code that imports them by name.
  syncBuiltinESMExports();
  return (code) => exit.call(process, code);
}
