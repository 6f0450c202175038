// A process in a group of its own, with everything that it forks: all of it ends as one, and never outlives this process.
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
  /** It is in `env` as well, from which everything that the program forks inherits it. */
  readonly runtimeDir: string;
}

/** All processes of a program. */
export interface Family {
  /** The first one, whose number is that of the group. */
  readonly pid: number;
  readonly runtimeDir: string;
}

/**
 * Both outputs go into one pipe: out of two, what was printed first may be read last.
 *
 * @returns a child whose `pid` is `undefined` if the system could not start it
 */
export function spawnGroup({ command, cwd, env, runtimeDir }: Command): ChildProcess {
  const child = spawn('/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', ...command], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  if (child.pid !== undefined) guard({ pid: child.pid, runtimeDir });
  return child;
}

/** By the group that each of them guards. */
const guards = new Map<number, ChildProcess>();

/**
 * `$0`: the group. `$1`: the runtime folder. Processes may fork between two looks, so it looks again while there are any, but
 * not for ever: a process in a call that cannot be interrupted is not gone. The `grep` of BusyBox stops at a zero byte.
 */
const GUARD = `
read -r line
kill -s KILL -- "-$0"
for look in 1 2 3; do
  found=
  for file in /proc/[0-9]*/environ; do
    [ -r "$file" ] && tr '\\0' '\\n' <"$file" | grep -qxF -- "MUSTER_RUNTIME_DIR=$1" || continue
    pid=\${file#/proc/}
    kill -s KILL "\${pid%/environ}"
    found=1
  done
  [ -n "$found" ] || break
done
rm -rf -- "$1"
`;

/**
 * Starts a shell that waits for the end of its input, which comes when this process ends, by whatever. Then the shell kills the
 * group and what has left it, and removes the runtime folder. It is in no group that a terminal's Ctrl-C reaches.
 */
function guard({ pid: group, runtimeDir }: Family): void {
  // Where a program under test has tests of its own, their guards are not part of it.
  const { PATH } = process.env;
  const shell = spawn('/bin/sh', ['-c', GUARD, String(group), runtimeDir], {
    env: PATH === undefined ? {} : { PATH },
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.on('error', () => {});
  shell.stdin?.on('error', () => {});
  shell.unref();
  (shell.stdin as unknown as { unref?(): void } | null)?.unref?.();
  guards.set(group, shell);
}

/** Does nothing if the group has ended, or has only processes of other users. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {}
}

/** Resolves with whether all of it has ended, at once if it has, or when the time is up. */
export async function familyEnded(family: Family, timeoutMs: number): Promise<boolean> {
  const began = now();
  const { pid: group, runtimeDir } = family;
  while (isGroupAlive(group) || processesWith(runtimeDir).length > 0) {
    if (now() - began > timeoutMs) return false;
    await sleep(LOOK_MS);
  }
  guards.get(group)?.kill('SIGKILL');
  guards.delete(group);
  return true;
}

export async function killFamily(family: Family): Promise<void> {
  const began = now();
  signalGroup(family.pid, 'SIGKILL');
  do {
    for (const pid of processesWith(family.runtimeDir)) send(pid, 'SIGKILL');
    // Such a process may have forked between the look and its end.
  } while (!(await familyEnded(family, LOOK_MS)) && now() - began < KILLED_MS);
}

/** To nobody, if it has ended. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Those that have started with this variable, in the group or not: a process that was forked `detached` or by `setsid` is in
 * another group. Linux alone.
 */
function processesWith(runtimeDir: string): number[] {
  if (process.platform !== 'linux') return [];
  const variable = `MUSTER_RUNTIME_DIR=${runtimeDir}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(variable))
    .map(Number);
}

/** Empty for a process that has ended, or that belongs to another user. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
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
