// How a process ended, in a few words.
import type { PastExit } from '@muster/core/console';

export function exitText(exit: PastExit): string {
  if (exit.spawnError !== undefined) return 'could not be spawned';
  if (exit.expelled !== undefined) return 'expelled';
  if (exit.hang) return 'hung';
  if (exit.outOfMemory === 'heap') return 'out of memory (heap)';
  if (exit.outOfMemory === 'system') return 'out of memory (system)';
  if (exit.signal) return exit.planned ? `ended by ${exit.signal}` : `killed by ${exit.signal}`;
  return exit.planned ? `left with ${exit.code}` : `crashed with ${exit.code}`;
}
