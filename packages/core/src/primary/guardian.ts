/**
 * Ends what a dead primary leaves behind. A worker notices that its primary is gone, drains and exits; one whose event loop
 * is blocked, or that is stopped, cannot. So a small shell knows the workers, waits on a pipe for the end of the primary,
 * and kills those that still run when their drain should be over. Where there is no `sh`, there is no guardian.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Extension } from '../extension.js';

/** Milliseconds after the end of a drain: a worker that can end by itself has done so by then. */
const MARGIN_MS = 2_000;

/** `$1`: seconds that workers have. A pid may have been given away again, so that a process is known by its start, too. */
const SCRIPT = `
same() {
  if [ "$2" = - ]; then kill -0 "$1"; return; fi
  [ -r "/proc/$1/stat" ] && read -r line < "/proc/$1/stat" || return 1
  set -- "$2" \${line##*) }
  [ "$1" = "\${21}" ] && [ "$2" != Z ]
}
known=
while read -r what pid start; do
  case $what in
    add) known="$known $pid:$start" ;;
    del)
      rest=
      for one in $known; do [ "\${one%%:*}" = "$pid" ] || rest="$rest $one"; done
      known=$rest ;;
  esac
done
left=$1
while :; do
  alive=
  for one in $known; do same "\${one%%:*}" "\${one#*:}" && alive="$alive $one"; done
  known=$alive
  [ -n "$known" ] || exit 0
  [ "$left" -gt 0 ] || break
  sleep 1
  left=$((left - 1))
done
for one in $known; do kill -9 "\${one%%:*}"; done
`;

/** `drainTimeoutMs`: the longest of all roles. `title`: what `ps` shows of it, behind its command. */
export function createGuardian(drainTimeoutMs: number, title: string): Extension {
  let shell: ChildProcess | undefined;
  /** What is to be told once the shell is there. */
  const lines: string[] = [];
  const tell = (line: string) => {
    lines.push(`${line}\n`);
    if (!shell) return;
    shell.stdin?.write(lines.join(''), () => {});
    lines.length = 0;
  };
  return {
    name: 'guardian',
    meanwhile() {
      const seconds = Math.ceil((drainTimeoutMs + MARGIN_MS) / 1_000);
      // In a group of its own: what a terminal sends to the primary is not for it.
      const { PATH } = process.env;
      // From its environment: `ps` would show all of it.
      shell = spawn('/bin/sh', ['-c', 'eval "$GUARDIAN"', title, String(seconds)], {
        detached: true,
        env: { GUARDIAN: SCRIPT, ...(PATH !== undefined && { PATH }) },
        cwd: '/',
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      shell.on('error', () => {});
      shell.stdin?.on('error', () => {});
      // It does not keep the primary alive.
      shell.unref();
      (shell.stdin as { unref?(): void } | null)?.unref?.();
      shell.stdin?.write(lines.splice(0).join(''), () => {});
    },
    workerForked({ process: { pid } }) {
      if (pid !== undefined) tell(`add ${pid} ${startOf(pid)}`);
    },
    workerExited({ pid }) {
      tell(`del ${pid}`);
    },
    stopped() {
      shell?.stdin?.end();
    },
  };
}

/** When it started, in ticks of the kernel (proc_pid_stat(5), field 22); `-` where the kernel does not say. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    return '-';
  }
}
