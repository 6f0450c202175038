// What is run, where, and in which environment: the arguments of `startProgram()`, checked.
import { statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OptionNames } from '@muster/codec/options';
import { check, checkNames, checkTexts, isTexts, whole } from '../checks.js';
import { InvalidOptionError } from '../errors.js';
import type { ProgramOptions } from '../testing.js';
import type { Command } from './process-group.js';

const NAMES: OptionNames = {
  known: new Set(['args', 'env', 'cwd', 'ready', 'readyTimeoutMs']),
  aliases: {
    arguments: [['args']],
    environment: [['env']],
    timeoutMs: [['readyTimeoutMs']],
    timeout: [['readyTimeoutMs', ', in milliseconds?']],
  },
};

export interface Start {
  readonly command: Command;
  readonly ready: 'serving' | 'spawned' | RegExp;
  readonly readyTimeoutMs: number;
}

/** @throws InvalidOptionError */
export function resolveStart(program: unknown, options: ProgramOptions, runtimeDir: string): Start {
  checkNames('startProgram()', options, NAMES);
  const { args = [], env = {}, cwd, ready } = options;
  checkTexts('args', args);
  const isFolder =
    typeof cwd === 'string' && statSync(cwd, { throwIfNoEntry: false })?.isDirectory();
  check('cwd', cwd, 'the path of a folder that exists', cwd === undefined || isFolder === true);
  check('env', env, 'an object of strings', typeof env === 'object' && env !== null);
  for (const [name, value] of Object.entries(env)) {
    check(`env.${name}`, value, 'a string', typeof value === 'string');
  }
  if ('MUSTER_RUNTIME_DIR' in env) {
    throw new InvalidOptionError(
      'env cannot have MUSTER_RUNTIME_DIR: a program under test has a runtime folder of its own, its `runtimeDir`',
    );
  }
  const isReady = ready === undefined || ready === 'spawned' || ready instanceof RegExp;
  check('ready', ready, "'spawned' or a RegExp", isReady);
  return {
    command: {
      command: [...commandOf(program), ...args],
      cwd,
      env: { ...environment(cwd), ...env, MUSTER_RUNTIME_DIR: runtimeDir },
      runtimeDir,
    },
    ready: ready ?? 'serving',
    readyTimeoutMs: whole('readyTimeoutMs', options.readyTimeoutMs ?? 60_000, { min: 1 }),
  };
}

/** @throws InvalidOptionError */
function commandOf(program: unknown): readonly string[] {
  if (program instanceof URL) return [process.execPath, fileURLToPath(program)];
  if (typeof program === 'string' && program !== '') return [process.execPath, program];
  const is = "the path or URL of a file for Node, or a command such as ['muster', 'start']";
  check('The program', program, is, isTexts(program) && program.length > 0);
  return program as readonly string[];
}

/** The wiring of a cluster in which the tests themselves might run does not reach the program. */
function environment(cwd: string | undefined): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('MUSTER_'));
  const path = [...binFolders(resolve(cwd ?? '.')), process.env.PATH].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path };
}

/** As npm has them for a script: so `muster` is the one that is installed for the app. */
function binFolders(folder: string): string[] {
  const bin = join(folder, 'node_modules', '.bin');
  return dirname(folder) === folder ? [bin] : [bin, ...binFolders(dirname(folder))];
}
