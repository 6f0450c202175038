// What the kernel says of a process, where it says anything (Linux).
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** So many looks at a thread, and milliseconds between two. */
const SAMPLES = 5;
const SAMPLE_INTERVAL_MS = 20;

export interface ProcessState {
  /** One letter: R runs, S sleeps, D waits for a disk, T or t is stopped, Z is dead (proc_pid_stat(5)). */
  readonly state: string;
  /** Ticks of processor time that it used so far. */
  readonly ticks: number;
}

export function processState(pid: number): ProcessState | undefined {
  return stateIn(`/proc/${pid}/stat`);
}

function stateIn(file: string): ProcessState | undefined {
  try {
    return readStat(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Whether the main thread of a process runs, or would if there were a processor for it: in most of some looks at it.
 * `undefined` where the kernel does not say.
 */
export async function mainThreadRuns(pid: number): Promise<boolean | undefined> {
  let running = 0;
  for (let look = 0; look < SAMPLES; look++) {
    await sleep(SAMPLE_INTERVAL_MS);
    const thread = stateIn(`/proc/${pid}/task/${pid}/stat`);
    if (!thread) return undefined;
    if (thread.state === 'R') running += 1;
  }
  return running > SAMPLES / 2;
}

/** The name, in brackets, may hold anything: what counts begins after the last bracket, with the state. */
export function readStat(text: string): ProcessState | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', user, system] = [fields[0], Number(fields[11]), Number(fields[12])];
  if (!/^[A-Za-z]$/.test(state) || !Number.isFinite(user) || !Number.isFinite(system))
    return undefined;
  return { state, ticks: Number(user) + Number(system) };
}

export function isStopped(process: ProcessState | undefined): boolean {
  return process?.state === 'T' || process?.state === 't';
}

/** What one looks like from outside whose JavaScript does not run: a sentence, or nothing. */
export function describeState(
  before: ProcessState | undefined,
  after: ProcessState | undefined,
): string {
  if (!before || !after) return '';
  if (isStopped(after)) return 'It is stopped (SIGSTOP, or a debugger of the system).';
  if (after.state === 'D') return 'It waits in the kernel, for a disk most likely.';
  if (after.ticks > before.ticks) return 'It uses the processor, in native code.';
  return 'It waits in a system call, and uses no processor.';
}
