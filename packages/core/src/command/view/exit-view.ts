// Describes how processes ended.
import { exitText } from '../../text/exit-text.js';
import { printable } from '../../text/printable.js';
import type { PastExit, WorkerStatus } from '../../worker-status.js';
import type { Style } from './style.js';
import { duration } from './units.js';

/** Slots whose crashes are shown. */
const MAX_SLOTS = 3;

/** Such as `was killed by SIGKILL, 2m 03s ago, after 1h 05m`. */
export function pastExitText(exit: PastExit, now: number): string {
  // Who killed the process is too much for one line.
  const { planned: _, ...end } = exit;
  const { startedAt, exitedAt } = exit;
  return `${exitText(end)}, ${duration(now - exitedAt)} ago, after ${duration(exitedAt - startedAt)}`;
}

/** The last crash of each slot, newest first, with its last lines of stderr; at most three slots. */
export function crashView(workers: readonly WorkerStatus[], now: number, style: Style): string[] {
  const crashes = workers
    .flatMap(({ slot, lastExit }) => (lastExit && !lastExit.planned ? [{ slot, lastExit }] : []))
    .sort((one, other) => other.lastExit.exitedAt - one.lastExit.exitedAt);
  const shown = crashes
    .slice(0, MAX_SLOTS)
    .flatMap(({ slot, lastExit }) => [
      `${style.red('crash')}  slot ${slot}, generation ${lastExit.generation} ${pastExitText(lastExit, now)}`,
      ...lastExit.stderr.map((line) => style.dim(`  ${printable(line)}`)),
    ]);
  const hidden = crashes.length - MAX_SLOTS;
  if (hidden <= 0) return shown;
  return [...shown, style.dim(`… and ${hidden} more: muster describe <slot>`)];
}
