/**
 * Finds processes by a variable in the environment with which they were started. Every descendant of a worker has inherited
 * it; no other process can have it, because its value is random and no other user can read it.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { procStat } from '../../process/proc-stat.js';

export interface FoundProcess {
  readonly pid: number;
  /** When it started, as the system writes it. Together with the pid, this identifies a process for ever. */
  readonly start: string;
}

/** Processes that are examined in one turn of the event loop, which takes a millisecond. */
const IN_A_TURN = 64;

/** `mark`: `NAME=value`. Empty on systems without such a list (Windows). Never rejects. */
export async function findMarked(mark: string): Promise<FoundProcess[]> {
  try {
    if (process.platform === 'linux') return await inProc(mark);
    return process.platform === 'win32' ? [] : await byPs(mark);
  } catch {
    return [];
  }
}

/** Whether it is still the same process: its pid may belong to another one by now. */
export async function isStill({ pid, start }: FoundProcess, mark: string): Promise<boolean> {
  if (process.platform === 'linux') return readMarked(pid, mark)?.start === start;
  return (await findMarked(mark)).some((one) => one.pid === pid && one.start === start);
}

async function inProc(mark: string): Promise<FoundProcess[]> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found: FoundProcess[] = [];
  for (const [index, pid] of pids.entries()) {
    if (index % IN_A_TURN === IN_A_TURN - 1) await nextTurn();
    const one = readMarked(Number(pid), mark);
    if (one) found.push(one);
  }
  return found;
}

/** `undefined` for processes of other users, which cannot be read, and for those that have ended (proc_pid_environ(5)). */
function readMarked(pid: number, mark: string): FoundProcess | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    if (pid === process.pid || !environment.split('\0').includes(mark)) return undefined;
    const stat = procStat(pid);
    return stat && { pid, start: stat.start };
  } catch {
    return undefined;
  }
}

/** macOS and BSD: `ps` shows the environment behind the command, if the system permits it. */
async function byPs(mark: string): Promise<FoundProcess[]> {
  const columns = ['-A', '-E', '-ww', '-o', 'pid=,lstart=,command='];
  const { stdout } = await promisify(execFile)('ps', columns, { maxBuffer: 64 * 1_048_576 });
  return stdout.split('\n').flatMap((line) => {
    // lstart has five words: Fri Nov 27 20:50:25 2026.
    const [, pid, start] = /^\s*(\d+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s/.exec(line) ?? [];
    if (!start || Number(pid) === process.pid || !` ${line} `.includes(` ${mark} `)) return [];
    return [{ pid: Number(pid), start }];
  });
}
