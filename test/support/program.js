// A Node program that a test runs: its output, its exit, and no way for it to outlive the test.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Milliseconds for a program to print what a test waits for, on a slow machine under load. */
const PATIENCE_MS = 60_000;

/**
 * @typedef {object} ProgramOptions
 * @property {readonly string[]} [args]
 * @property {Record<string, string>} [env]
 * @property {string} [cwd]
 * @property {number} [descriptors] how many files and sockets it, and each process that it forks, may have open
 * @property {import('./other-user.js').User} [user] see other-user.js
 */

/**
 * Runs `node file ...args`.
 *
 * @param {string | URL} file
 * @param {ProgramOptions} [options]
 */
export function runProgram(file, { args = [], env = {}, cwd, descriptors, user } = {}) {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors} && `;
  // Both outputs go into one pipe: out of two, what was printed first may be read last.
  const shell = ['-c', `${limit}exec "$0" "$@" 2>&1`];
  const child = spawn('/bin/sh', [...shell, process.execPath, path, ...args], {
    cwd,
    ...user,
    env: { ...withoutMuster(process.env), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it forks can be ended with it.
    detached: true,
  });
  return new Program(path, child);
}

/**
 * Runs a command line, as somebody would type it.
 *
 * @param {string} line
 * @param {{ cwd: string, env?: Record<string, string> }} options
 */
export function runLine(line, { cwd, env = {} }) {
  const child = spawn('/bin/sh', ['-c', `exec 2>&1; ${line}`], {
    cwd,
    env: { ...withoutMuster(process.env), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  return new Program(line, child);
}

export class Program {
  #path;
  #child;
  #output = '';
  /** @type {Set<() => void>} */
  #watchers = new Set();

  /**
   * Settles when it has ended and all of its output was read.
   *
   * @type {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
   */
  exited;

  /**
   * @param {string} path
   * @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child
   */
  constructor(path, child) {
    this.#path = path;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#output += text;
        for (const look of this.#watchers) look();
      });
    }
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** All that it has printed, stdout and stderr, as it came. */
  output() {
    return this.#output;
  }

  /**
   * Settles when the output matches; rejects, with the output, where the program ends or takes too long.
   *
   * @param {RegExp} pattern
   * @returns {Promise<RegExpMatchArray>}
   */
  printed(pattern) {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#watchers.delete(look);
        clearTimeout(timer);
      };
      const look = () => {
        const match = this.#output.match(pattern);
        if (!match) return;
        end();
        resolve(match);
      };
      const fail = (/** @type {string} */ why) => {
        end();
        reject(new Error(`${this.#path} ${why}, and did not print ${pattern}:\n${this.#output}`));
      };
      const timer = setTimeout(() => fail(`ran for ${PATIENCE_MS} ms`), PATIENCE_MS);
      this.#watchers.add(look);
      this.exited.then(() => fail('ended'));
      look();
    });
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    this.#child.kill(signal);
  }

  /** Kills it and all that it has forked, whether it still runs or not: a worker that hangs outlives its primary. */
  async [Symbol.asyncDispose]() {
    try {
      if (this.pid !== undefined) process.kill(-this.pid, 'SIGKILL');
    } catch {
      // Nobody is left.
    }
    await this.exited;
  }
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Not even the wiring of a cluster that the tests themselves might run in reaches the program.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function withoutMuster(env) {
  const kept = Object.entries(env).filter(
    ([name]) => !name.startsWith('MUSTER_') && name !== 'REDIS_URL',
  );
  return Object.fromEntries(kept);
}
