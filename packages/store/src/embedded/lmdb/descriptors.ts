// Looks whether LMDB can open its files. If it can open one and not the next, lmdb 3.5.6 ends the process with SIGSEGV: it frees
// what belongs to the environment twice (src/env.cpp, EnvWrap::openEnv).
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

/** LMDB has the data file open twice, its lock file, and for a moment a fourth. */
const FILES = 4;

/** @throws the error of the system, if this process or the machine has no file descriptor left */
export function requireDescriptors(): void {
  const held: number[] = [];
  try {
    while (held.length < FILES) held.push(openSync(devNull, 'r'));
  } catch (error) {
    if (isOutOfDescriptors(error)) throw error;
  } finally {
    for (const descriptor of held) closeSync(descriptor);
  }
}

export function isOutOfDescriptors(error: unknown): boolean {
  return /EMFILE|ENFILE/.test(String((error as NodeJS.ErrnoException).code));
}
