/**
 * Whether a process ran out of memory. V8 says so on stderr before it aborts. The kernel does not tell, but counts its
 * kills in the cgroup (memory.events of version 2, memory.oom_control of version 1).
 */
import { readFileSync } from 'node:fs';
import type { WorkerExit } from '../../worker-status.js';

type Exit = Pick<WorkerExit, 'code' | 'signal' | 'stderr'>;

/** How V8 ends a process: with an abort, on some systems with a trap. */
const ABORTS = new Set<unknown>(['SIGABRT', 'SIGTRAP', 'SIGILL', 134]);
const HEAP = /\bfatal (error|process|javascript)\b.*out of memory/i;

/**
 * @param killed whether the primary killed it
 * @param oomKilled whether the kernel has killed a process since the last call
 */
export function outOfMemory(
  { code, signal, stderr }: Exit,
  killed: boolean,
  oomKilled: () => boolean,
): 'heap' | 'system' | undefined {
  if (ABORTS.has(signal ?? code) && stderr.some((line) => HEAP.test(line))) return 'heap';
  return signal === 'SIGKILL' && !killed && oomKilled() ? 'system' : undefined;
}

/** Consumes the kills that the cgroup of this process counts, one by one. */
export class OomKills {
  readonly #read: () => number | undefined;
  #seen: number | undefined;

  constructor(read: () => number | undefined = readOomKills) {
    this.#read = read;
    this.#seen = read();
  }

  /** Whether there was one more. Always false if nothing counts them. */
  readonly take = (): boolean => {
    const now = this.#read();
    if (now === undefined || this.#seen === undefined || now <= this.#seen) return false;
    this.#seen += 1;
    return true;
  };
}

function readOomKills(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  for (const file of cgroupFiles(readText('/proc/self/cgroup'))) {
    const count = /^oom_kill (\d+)$/m.exec(readText(file))?.[1];
    if (count !== undefined) return Number(count);
  }
  return undefined;
}

/** From the text of `/proc/self/cgroup` (cgroups(7)). In a container, the root is the container's own. */
export function cgroupFiles(text: string): string[] {
  const paths = (version: RegExp) => [version.exec(text)?.[1] ?? '', ''];
  return [
    ...paths(/^0::(.*)$/m).map((path) => `/sys/fs/cgroup${path}/memory.events`),
    ...paths(/^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m).map(
      (path) => `/sys/fs/cgroup/memory${path}/memory.oom_control`,
    ),
  ];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
