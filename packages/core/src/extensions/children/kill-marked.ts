// Ends the processes that have a mark: with SIGTERM first, with SIGKILL if they stay; also those that they start meanwhile.
import { performance } from 'node:perf_hooks';
import { sleep } from '@muster/codec/timers';
import { type FoundProcess, findMarked, isStill } from './marked-processes.js';

/** Milliseconds from SIGTERM to SIGKILL. */
const GRACE_MS = 2_000;
/** Milliseconds after which a process that SIGKILL does not end (it waits in the kernel) is left to the system. */
const LEFT_MS = 4_000;
const POLL_MS = 100;

export interface KilledProcesses {
  /** All processes that were found. */
  readonly pids: readonly number[];
  /** Those that still run. */
  readonly left: readonly number[];
}

/** Never rejects. If there are none, it looks once. */
export async function killMarked(mark: string): Promise<KilledProcesses> {
  const begun = performance.now();
  const asked = new Map<string, number>();
  for (;;) {
    const found = await findMarked(mark);
    const elapsed = performance.now() - begun;
    if (found.length === 0 || elapsed > LEFT_MS) {
      return { pids: [...new Set(asked.values())], left: found.map(({ pid }) => pid) };
    }
    for (const one of found) {
      const key = `${one.pid} ${one.start}`;
      if (elapsed >= GRACE_MS) await send('SIGKILL', one, mark);
      else if (!asked.has(key)) await send('SIGTERM', one, mark);
      asked.set(key, one.pid);
    }
    await sleep(POLL_MS);
  }
}

async function send(signal: NodeJS.Signals, one: FoundProcess, mark: string): Promise<void> {
  if (!(await isStill(one, mark))) return;
  try {
    process.kill(one.pid, signal);
    // A stopped process would not get the signal.
    if (signal === 'SIGTERM') process.kill(one.pid, 'SIGCONT');
  } catch {
    // It has ended meanwhile.
  }
}
