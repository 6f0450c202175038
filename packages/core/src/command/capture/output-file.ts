// The file of a profile or a heap snapshot: nobody else may read it, and it replaces none.
import { closeSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { timeOfDay } from '@muster/codec/timers';
import { CommandFailure, exits } from '../line/failure.js';

/** What a file is named after. */
interface Named {
  /** Of the cluster. */
  readonly name: string;
  readonly slot: number;
  readonly ending: string;
}

/** `given`: a file or a folder. */
export function outputPath(given: string | undefined, { name, slot, ending }: Named): string {
  const time = new Date(timeOfDay()).toISOString().replaceAll(/[-:]|\.\d+Z$/g, '');
  const file = `${name.replaceAll(/[^\w.-]/g, '_')}-${slot}-${time}${ending}`;
  if (given === undefined) return resolve(file);
  return isFolder(given) ? join(given, file) : given;
}

function isFolder(path: string): boolean {
  return path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** As a shell sees that a signal ended a program. */
const ENDS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const signals = Object.keys(ENDS) as (keyof typeof ENDS)[];

/**
 * Made before anything is asked of a worker: what is wrong with the path shows at once. Without `keep()` it is removed,
 * also when a signal ends the command.
 */
export class CaptureOutput implements Disposable {
  readonly path: string;
  readonly #fd: number;
  #isKept = false;
  /** Called in the place of the first Ctrl-C. */
  interrupted: (() => void) | undefined;

  /** @throws CommandFailure */
  constructor(path: string) {
    this.path = path;
    try {
      this.#fd = openSync(path, 'wx', 0o600);
    } catch (error) {
      throw failed(path, error);
    }
    process.on('exit', this.#remove);
    for (const signal of signals) process.on(signal, this.#end);
  }

  /** @throws CommandFailure, for example if the disk is full */
  write(bytes: Buffer): void {
    try {
      for (let from = 0; from < bytes.length; ) from += writeSync(this.#fd, bytes, from);
    } catch (error) {
      throw failed(this.path, error);
    }
  }

  /** It is whole. */
  keep(): void {
    this.#isKept = true;
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#remove);
    for (const signal of signals) process.off(signal, this.#end);
    closeSync(this.#fd);
    this.#remove();
  }

  readonly #end = (signal: keyof typeof ENDS) => {
    const { interrupted } = this;
    this.interrupted = undefined;
    if (signal === 'SIGINT' && interrupted) interrupted();
    else process.exit(ENDS[signal]);
  };

  readonly #remove = () => {
    if (!this.#isKept) unlinkSync(this.path);
  };
}

function failed(path: string, error: unknown): CommandFailure {
  const { code, message } = error as NodeJS.ErrnoException;
  const said: Record<string, string> = {
    EEXIST: 'it is there already, and is not replaced',
    ENOENT: 'its folder is not there',
    EACCES: 'this user may not',
    ENOSPC: 'the disk is full',
  };
  const isUsage = code === 'EEXIST' || code === 'ENOENT';
  return new CommandFailure(
    `${path} cannot be written: ${said[code ?? ''] ?? message}. Nothing was kept.`,
    isUsage ? exits.usage : exits.failed,
  );
}
