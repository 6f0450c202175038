// Describes how a process ended, in the same words in the log, in errors and in `muster status`.
import type { WorkerExit } from '../worker-status.js';

export type ExitFacts = Pick<WorkerExit, 'code' | 'signal'> &
  Partial<Pick<WorkerExit, 'planned' | 'outOfMemory' | 'expelled' | 'spawnError'>>;

/** Such as `exited with code 1`. `planned: false` means that Muster did not kill it. */
export function exitText(ending: ExitFacts): string {
  const { code, signal, planned, outOfMemory, expelled, spawnError } = ending;
  if (spawnError !== undefined) return `could not be started: ${spawnError}`;
  if (outOfMemory === 'heap') {
    return `ran out of memory: its JavaScript heap reached its limit (${signal ?? `code ${code}`})`;
  }
  if (outOfMemory === 'system') return `ran out of memory: the kernel killed it (${signal})`;
  if (expelled !== undefined) return `was killed by the primary: ${expelled}`;
  if (signal === 'SIGKILL' && planned === false) {
    return "was killed by SIGKILL (not by Muster; maybe by the kernel's out-of-memory killer)";
  }
  if (signal !== null) return `was killed by ${signal}`;
  return code === null ? 'could not be started' : `exited with code ${code}`;
}
