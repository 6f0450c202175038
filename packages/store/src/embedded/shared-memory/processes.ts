// Which process is which, and whether it is still there.
import { readFileSync, readlinkSync } from 'node:fs';

/** A process id in the upper half, and below it a number that differs where the id is used again. Never 0. */
export type Identity = bigint;

const HALF = 32n;

/**
 * @returns `undefined` if there is no such process.
 * @throws the system's error if it does not say: a process without free descriptors cannot read `/proc`.
 */
export function identityOf(pid: number): Identity | undefined {
  const startedAt = startOf(pid);
  if (startedAt === undefined) return undefined;
  return (BigInt(pid) << HALF) | BigInt(fingerprint(`${startedAt} ${NAMESPACE}`));
}

export function pidOf(identity: Identity): number {
  return Number(identity >> HALF);
}

/**
 * Only "no such process", and an id that another process has now, mean gone: whoever is taken for gone loses what it
 * has. A process of another container that shares the files, which cannot be seen from here, counts as gone.
 */
export function isAlive(identity: Identity): boolean {
  const pid = pidOf(identity);
  try {
    return identityOf(pid) === identity;
  } catch {
    return isThere(pid);
  }
}

/** For people: what keeps a process from going on, if it is known. */
export function stateOf(pid: number): string {
  let state: string | undefined;
  try {
    state = statOf(pid)?.[0];
  } catch {
    // Nothing is known.
  }
  return state === 'T' || state === 't' ? 'which is stopped' : 'which does not go on';
}

/** In the kernel's own unit, 0 where it cannot be told. */
function startOf(pid: number): string | undefined {
  const stat = statOf(pid);
  if (stat) return stat[19];
  if (process.platform === 'linux') return undefined;
  return isThere(pid) ? '0' : undefined;
}

/** Whether some process has the id. This needs no descriptor. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return !isNoSuchProcess(error);
  }
}

/** proc(5): the fields after the name, which may have anything in it. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (isNoSuchProcess(error)) return undefined;
    throw error;
  }
}

/** `/proc` says ENOENT, and ESRCH where the process ends while it is read. */
function isNoSuchProcess(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}

/** Of process ids: two containers may have the same. */
const NAMESPACE = namespaceOfPids();

function namespaceOfPids(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** FNV-1a, 32 bits. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
