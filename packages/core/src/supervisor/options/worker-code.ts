// The code of a worker as the options name it, checked at the start. Each release resolves its place on disk anew.
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shown } from '../../checks/option-checks.js';
import type { WorkerCode } from '../../cluster-options.js';
import { InvalidOptionError } from '../../errors.js';

const CODE_FLAG = /^(-e|--eval|-p|--print|-pe)$/;

/** The code of a worker as the options name it. */
export interface CodePath {
  /** `'module'`: a file that is loaded; `'main'`: the primary's own main module, run again. */
  readonly kind: 'module' | 'main';
  /** Absolute, and possibly through symbolic links. */
  readonly path: string;
}

/** @throws InvalidOptionError */
export function codePath(name: string, code: WorkerCode | undefined): CodePath {
  if (typeof code === 'function') {
    if (process.argv[1]) return { kind: 'main', path: process.argv[1] };
    throw new InvalidOptionError(
      'startCluster(function) runs the main module again in each worker, and this process has none. ' +
        'Put the worker code in a file and give its path: startCluster({ worker: "./worker.js" }).',
    );
  }
  if (typeof code !== 'string' && !(code instanceof URL)) {
    throw new InvalidOptionError(
      `startCluster() takes a function, or options with \`worker\`: a function, a path or a URL. It got ${shown(code)} for ${name}.`,
    );
  }
  if (code === '') {
    throw new InvalidOptionError(`${name}: "" is not a path. Give the file that each worker runs.`);
  }
  const path =
    code instanceof URL || code.startsWith('file:') ? fileURLToPath(code) : resolve(code);
  if (!existsSync(path)) {
    throw new InvalidOptionError(
      `The worker file ${path} does not exist. A path is relative to the working directory; ` +
        'new URL("./worker.js", import.meta.url) is relative to the module.',
    );
  }
  if (statSync(path).isDirectory()) {
    throw new InvalidOptionError(
      `${name}: ${path} is a folder. Give the file in it that each worker runs.`,
    );
  }
  return { kind: 'module', path };
}

/** Node's arguments without code given on the command line, which is the primary's. */
export function withoutCode(execArgv: readonly string[]): string[] {
  return execArgv.filter(
    (argument, index) =>
      !CODE_FLAG.test(argument) &&
      !CODE_FLAG.test(execArgv[index - 1] ?? '') &&
      !argument.startsWith('--input-type'),
  );
}
