// The identity of a process, and whether it still exists.
import { readFileSync, readlinkSync } from 'node:fs';
import { fnv1a } from '../fnv1a.js';

/** The process id in the upper half, and below it a number that differs if the id is used again. Never 0. */
export type Identity = bigint;

const HALF = 32n;

/**
 * @returns `undefined` if there is no such process.
 * @throws the system's error if it cannot be found out: a process without free descriptors cannot read `/proc`.
 */
export function identityOf(pid: number): Identity | undefined {
  const startedAt = startOf(pid);
  if (startedAt === undefined) return undefined;
  return (BigInt(pid) << HALF) | BigInt(fnv1a(`${startedAt} ${NAMESPACE}`));
}

export function pidOf(identity: Identity): number {
  return Number(identity >> HALF);
}

/**
 * A process counts as gone only if there is no such process, or another process has its id now, since it then loses what it holds. A
 * process in another container that shares the files cannot be seen from here, and counts as gone.
 */
export function isAlive(identity: Identity): boolean {
  const pid = pidOf(identity);
  try {
    return identityOf(pid) === identity;
  } catch {
    return isThere(pid);
  }
}

/** For error messages: why a process does not go on, if it is known. */
export function stateOf(pid: number): string {
  let state: string | undefined;
  try {
    state = statOf(pid)?.[0];
  } catch {
    // Nothing is known.
  }
  return state === 'T' || state === 't' ? 'which is stopped' : 'which does not go on';
}

/** The start time of a process in the kernel's own unit; '0' if it is unknown. */
function startOf(pid: number): string | undefined {
  const stat = statOf(pid);
  if (stat) return stat[19];
  if (process.platform === 'linux') return undefined;
  return isThere(pid) ? '0' : undefined;
}

/** Whether a process has the id. This needs no file descriptor. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists, and belongs to another user.
    return !isNoSuchProcess(error);
  }
}

/** The fields of /proc/<pid>/stat (proc(5)) after the name, which may contain anything. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (isNoSuchProcess(error)) return undefined;
    throw error;
  }
}

/** `/proc` gives ENOENT, or ESRCH if the process ends during the read. */
function isNoSuchProcess(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}

/** The namespace of process ids: two containers may use the same ids. */
const NAMESPACE = namespaceOfPids();

function namespaceOfPids(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
