// Which processes there are, as the kernel says.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Process {
  pid: number;
  parent: number;
  /** One letter; Z is a zombie. */
  state: string;
}

/** Oldest first; a zombie is one, too. */
export function childrenOf(parent: number): number[] {
  return processes()
    .filter((one) => one.parent === parent)
    .map(({ pid }) => pid)
    .sort((one, other) => one - other);
}

/** Its children that have ended, and that it has not reaped. */
export function zombiesOf(parent: number): number[] {
  return processes()
    .filter((one) => one.parent === parent && one.state === 'Z')
    .map(({ pid }) => pid);
}

/** Those that run; a zombie does not. */
export function aliveAmong(pids: Iterable<number>): number[] {
  const wanted = new Set(pids);
  return processes()
    .filter(({ pid, state }) => wanted.has(pid) && state !== 'Z')
    .map(({ pid }) => pid);
}

function processes(): Process[] {
  if (process.platform !== 'linux') return listed();
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(parent), state }];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}

function listed(): Process[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, stat = '']) => ({
      pid: Number(pid),
      parent: Number(parent),
      state: stat.charAt(0),
    }));
}

/** The TCP ports of IPv4 that a process listens on. Linux alone. */
export function listeningPorts(pid: number): number[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        // It was closed meanwhile.
        return [];
      }
    }),
  );
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    if (state !== '0A' || !inodes.has(inode)) return [];
    return Number.parseInt(local.split(':')[1] ?? '', 16);
  });
}
