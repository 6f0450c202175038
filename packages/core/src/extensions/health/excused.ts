// Workers that stand still because somebody asked for it: none of them counts as hung.
import type { ChildProcess } from 'node:child_process';
import { atMost } from '../../process/deadline.js';

const excused = new WeakSet<ChildProcess>();

/** Until `over` settles, or for `mostMs` milliseconds. */
export async function excuse(
  child: ChildProcess,
  over: Promise<unknown>,
  mostMs: number,
): Promise<void> {
  excused.add(child);
  await atMost(mostMs, over);
  excused.delete(child);
}

export function isExcused(child: ChildProcess): boolean {
  return excused.has(child);
}
