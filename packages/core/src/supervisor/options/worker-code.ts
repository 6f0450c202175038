// The code of a worker as the options name it, checked at the start. Each release resolves its place on disk anew.
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownFile } from '@muster/codec/own-files';
import { shown } from '../../checks/option-checks.js';
import type { WorkerCode } from '../../cluster-options.js';
import { InvalidOptionError } from '../../errors.js';
import { loadsTypeScript, typescriptOf } from './typescript.js';

const CODE_FLAG = /^(-e|--eval|-p|--print|-pe)$/;

const WORKER_MAIN = ownFile('#muster-worker', import.meta.url);

/**
 * The code of a worker as the options name it. `'main'`: the primary's own main module, run again. `'module'`: a file that
 * is loaded by `entry`, a file of this package. `path` is absolute, and possibly through symbolic links.
 */
export type CodePath =
  | { readonly kind: 'main'; readonly path: string }
  | { readonly kind: 'module'; readonly path: string; readonly entry: string };

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
  if (WORKER_MAIN === undefined) {
    throw new InvalidOptionError(
      `${name}: a bundle with @muster/core in it cannot start workers from a file. ` +
        'Give startCluster() a function, or leave @muster/core out of the bundle (esbuild --external:@muster/core).',
    );
  }
  return { kind: 'module', path: existingFile(name, path), entry: WORKER_MAIN };
}

/** @throws InvalidOptionError */
function existingFile(name: string, path: string): string {
  if (!existsSync(path)) {
    const typescript = typescriptOf(path);
    if (typescript !== undefined && loadsTypeScript()) return typescript;
    const meant =
      typescript === undefined
        ? ''
        : ` ${typescript} does: compile it, run it with tsx, or give its path.`;
    throw new InvalidOptionError(
      `The worker file ${path} does not exist.${meant} A path is relative to the working directory; ` +
        'new URL("./worker.js", import.meta.url) is relative to the module.',
    );
  }
  if (statSync(path).isDirectory()) {
    throw new InvalidOptionError(
      `${name}: ${path} is a folder. Give the file in it that each worker runs.`,
    );
  }
  return path;
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
