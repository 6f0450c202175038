// What the kernel says about a process (Linux).
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcStat, procStat } from '../../../process/proc-stat.js';

/** Samples of a thread, and milliseconds between two. */
const SAMPLES = 5;
const SAMPLE_INTERVAL_MS = 20;

type Usage = Pick<ProcStat, 'state' | 'ticks'>;

/**
 * Whether the main thread of a process runs, or is ready to run, in most samples. `undefined` if the kernel does not say.
 */
export async function mainThreadRuns(pid: number): Promise<boolean | undefined> {
  let running = 0;
  for (let look = 0; look < SAMPLES; look++) {
    await sleep(SAMPLE_INTERVAL_MS);
    const thread = procStat(pid, pid);
    if (!thread) return undefined;
    if (thread.state === 'R') running += 1;
  }
  return running > SAMPLES / 2;
}

export function isStopped(process: Usage | undefined): boolean {
  return process?.state === 'T' || process?.state === 't';
}

/** Describes a process whose JavaScript does not run, as seen from outside: a sentence, or an empty string. */
export function describeState(before: Usage | undefined, after: Usage | undefined): string {
  if (!before || !after) return '';
  if (isStopped(after)) return 'It is stopped (SIGSTOP, or a debugger of the system).';
  if (after.state === 'D') return 'It waits in the kernel, for a disk most likely.';
  if (after.ticks > before.ticks) return 'It uses the processor, in native code.';
  return 'It waits in a system call, and uses no processor.';
}
