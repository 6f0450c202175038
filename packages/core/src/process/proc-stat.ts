// What Linux says of a process in `/proc/<pid>/stat` (proc_pid_stat(5)).
import { readFileSync } from 'node:fs';

export interface ProcStat {
  /** One letter: R runs, S sleeps, D waits for a disk, T or t is stopped, Z is dead. */
  readonly state: string;
  /** Ticks of processor time that it used so far. */
  readonly ticks: number;
  /** When it started, in ticks since the boot: with the pid, this names a process for all time. */
  readonly start: string;
}

/**
 * @param thread one thread of the process; its main thread has the pid as its id
 * @returns `undefined` where there is no such process, or no such file
 */
export function procStat(pid: number, thread?: number): ProcStat | undefined {
  const folder = thread === undefined ? `/proc/${pid}` : `/proc/${pid}/task/${thread}`;
  try {
    return parseProcStat(readFileSync(`${folder}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The second field, the name in brackets, may hold anything: the state follows the last bracket. */
export function parseProcStat(text: string): ProcStat | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', start = ''] = [fields[0], fields[19]];
  const ticks = Number(fields[11]) + Number(fields[12]);
  return /^[A-Za-z]$/.test(state) && Number.isFinite(ticks) ? { state, ticks, start } : undefined;
}
