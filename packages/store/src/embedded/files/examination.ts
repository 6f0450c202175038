// Finds out whether processes have crashed because of the data file, with a child process that may crash too.
import { execFile } from 'node:child_process';
import { constants, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ownFile } from '@muster/codec/own-files';

/** Exit codes of examine.ts: the file is damaged, or it could not be examined. */
export const DAMAGED = 70;
export const UNKNOWN = 71;

/** Signals by which the kernel ends a process for its own fault. */
const OWN_FAULT = new Set(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGFPE', 'SIGILL', 'SIGTRAP']);

/** A gigabyte is read in a few seconds. */
const TIMEOUT_MS = 30_000;

const PROGRAM = ownFile('#muster-examine', import.meta.url);

/** A copy of the data file, which costs next to nothing where the file system can share its blocks. */
export class ExaminedCopy {
  readonly #folder: string;

  /**
   * Create it when nobody writes.
   *
   * @param path of the folder of the data file.
   * @throws the system's error, such as that the disk is full.
   */
  constructor(path: string) {
    this.#folder = join(path, 'examined');
    this.remove();
    mkdirSync(this.#folder, { mode: 0o700 });
    const copy = join(this.#folder, 'data.mdb');
    copyFileSync(join(path, 'data.mdb'), copy, constants.COPYFILE_FICLONE);
  }

  /** Whether a process that reads and writes the copy crashes, or finds it damaged. Nobody can tell in a bundle. */
  async isDeadly(): Promise<boolean> {
    if (PROGRAM === undefined) return false;
    const args = [PROGRAM, this.#folder];
    const options = {
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      // NODE_OPTIONS of the app may open ports, or load modules.
      env: { ...process.env, NODE_OPTIONS: '' },
    } as const;
    return new Promise((resolve) => {
      const child = execFile(process.execPath, args, options, () => {
        resolve(child.exitCode === DAMAGED || OWN_FAULT.has(child.signalCode ?? ''));
      });
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
