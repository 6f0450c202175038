/**
 * Ends the workers that a dead primary leaves behind. A worker notices that its primary is gone, drains and exits; one that
 * is stopped, or whose event loop is blocked, cannot. So a small shell knows the workers, waits on a pipe for the end of
 * the primary, and kills workers that still run when their drain should be over. If the guardian itself ends, it is started
 * again. Without `sh` there is no guardian.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Log } from '../../cluster-extension.js';
import { procStat } from '../../process/proc-stat.js';
import type { Extension } from '../extension.js';

/** Milliseconds after the end of a drain by which every worker that can exit has done so. */
const MARGIN_MS = 2_000;
/** Milliseconds before a guardian that ended is started again. They double each time, up to the maximum. */
const RESPAWN_DELAY_MS = 500;
const MAX_RESPAWN_DELAY_MS = 60_000;

/** `$1`: seconds that the workers have. A pid may belong to another process by now, so the start time identifies it as well. */
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

/** `drainTimeoutMs`: the longest of all roles. `title`: what `ps` shows behind its command. */
export function createGuardian(drainTimeoutMs: number, title: string): Extension {
  const seconds = Math.ceil((drainTimeoutMs + MARGIN_MS) / 1_000);
  let log: Log;
  let shell: ChildProcess | undefined;
  let stopped = false;
  let ended = 0;
  let timer: NodeJS.Timeout | undefined;
  /** When each running worker started, by pid. */
  const known = new Map<number, string>();
  const tell = (line: string) => shell?.stdin?.write(`${line}\n`, () => {});

  const begin = () => {
    if (stopped) return;
    // In its own process group: the signals that a terminal sends to the primary are not for it.
    const { PATH } = process.env;
    // The script is in the environment, because `ps` would show all of an argument.
    const begun = spawn('/bin/sh', ['-c', 'eval "$GUARDIAN"', title, String(seconds)], {
      detached: true,
      env: { GUARDIAN: SCRIPT, ...(PATH !== undefined && { PATH }) },
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    shell = begun;
    begun.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (begun.pid === undefined && code !== 'ENOENT') replace(code ?? 'it could not be started');
    });
    begun.once('exit', (code, signal) => replace(signal ?? `code ${code}`));
    begun.stdin?.on('error', () => {});
    // It must not keep the primary alive.
    begun.unref();
    (begun.stdin as { unref?(): void } | null)?.unref?.();
    for (const [pid, start] of known) tell(`add ${pid} ${start}`);
  };
  const replace = (how: string) => {
    if (stopped) return;
    if (ended === 0) {
      const message =
        `the guardian, which ends workers that outlive their primary, is gone (${how}): ` +
        'it is started again, now and whenever it ends';
      log.warn('guardian.replaced', message, { how });
    }
    const delayMs = Math.min(MAX_RESPAWN_DELAY_MS, RESPAWN_DELAY_MS * 2 ** Math.min(ended, 10));
    ended += 1;
    timer = setTimeout(begin, delayMs).unref();
  };

  return {
    name: 'guardian',
    duringStart(supervision) {
      log = supervision.log;
      begin();
    },
    workerForked({ process: { pid } }) {
      if (pid === undefined) return;
      // `-` where the kernel does not say.
      known.set(pid, procStat(pid)?.start ?? '-');
      tell(`add ${pid} ${known.get(pid)}`);
    },
    workerExited({ pid }) {
      known.delete(pid);
      tell(`del ${pid}`);
    },
    // SIGKILL, since the shell may be stopped itself and would get no other signal. All workers are gone.
    stopped() {
      stopped = true;
      clearTimeout(timer);
      shell?.kill('SIGKILL');
    },
  };
}
