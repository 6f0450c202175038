// A process in a group of its own, with everything that it forks: the group ends as one, and never outlives this process.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { sleep } from '@muster/codec/timers';
import { now } from '../now.js';

/** Milliseconds between two looks at what is left. */
const LOOK_MS = 20;
/** Milliseconds for a killed process to be gone. */
const KILLED_MS = 10_000;

export interface Command {
  readonly command: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Both outputs go into one pipe: out of two, what was printed first may be read last.
 *
 * @returns a child whose `pid` is `undefined` if the system could not start it
 */
export function spawnGroup({ command, cwd, env }: Command): ChildProcess {
  const child = spawn('/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', ...command], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  if (child.pid !== undefined) guard(child.pid);
  return child;
}

/**
 * A shell that waits for the end of its input, which comes when this process ends, by whatever, and then kills the group. It
 * is in no group that a terminal's Ctrl-C reaches.
 */
const guards = new Map<number, ChildProcess>();

function guard(group: number): void {
  const shell = spawn('/bin/sh', ['-c', 'read -r line; kill -s KILL -- "-$0"', String(group)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.on('error', () => {});
  shell.stdin?.on('error', () => {});
  shell.unref();
  (shell.stdin as unknown as { unref?(): void } | null)?.unref?.();
  guards.set(group, shell);
}

/** @returns whether there was anybody */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** Resolves with whether the group has ended, at once if it has, or when the time is up. */
export async function groupEnded(group: number, timeoutMs: number): Promise<boolean> {
  const began = now();
  while (isGroupAlive(group)) {
    if (now() - began > timeoutMs) return false;
    await sleep(LOOK_MS);
  }
  guards.get(group)?.kill('SIGKILL');
  guards.delete(group);
  return true;
}

export async function killGroup(group: number): Promise<void> {
  signalGroup(group, 'SIGKILL');
  await groupEnded(group, KILLED_MS);
}

function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  return process.platform !== 'linux' || hasLiving(group);
}

/** Whether a process runs, and is of that group. */
export function isInGroup(group: number, pid: number): boolean {
  if (process.platform === 'linux') return isLivingOf(group, String(pid));
  try {
    const told = execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' });
    return Number(told) === group;
  } catch {
    return false;
  }
}

/** In a container whose first process reaps nobody, what has ended stays for ever. */
function hasLiving(group: number): boolean {
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && isLivingOf(group, name));
}

function isLivingOf(group: number, pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(itsGroup) === group && state !== 'Z';
  } catch {
    // It ended meanwhile.
    return false;
  }
}
