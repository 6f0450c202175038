// The line that `systemctl status` shows: a pure function.
import { printable } from '../../text/printable.js';
import type { WorkerInfo } from '../../worker-status.js';

/** Characters: it is one line on a terminal. */
const MAX_LENGTH = 200;

/** @param problems what people should know, most important first */
export function statusText(
  workers: readonly Pick<WorkerInfo, 'state'>[],
  problems: readonly string[],
): string {
  const inState = (state: WorkerInfo['state']) =>
    workers.filter((worker) => worker.state === state).length;
  const [ready, starting, draining] = [inState('ready'), inState('starting'), inState('draining')];
  const parts = [
    ready === 1 ? '1 worker serves' : `${ready} workers serve`,
    ...(starting > 0 ? [`${starting} starting`] : []),
    ...(draining > 0 ? [`${draining} draining`] : []),
  ];
  // A line break would begin another variable.
  const text = [parts.join(', '), ...problems].join('; ').replace(/\s+/g, ' ');
  return printable(text, MAX_LENGTH);
}
