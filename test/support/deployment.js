// A folder with a plain server in it, and the `muster` command to run it with.
import { spawn } from 'node:child_process';
import { chmod, chown, copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createClient } from './http-client.js';
import { runProgram, withoutMuster } from './program.js';
import { freePort } from './redis/free-port.js';

export const MUSTER = fileURLToPath(
  new URL('../../packages/core/lib/command/main.js', import.meta.url),
);
const COMMAND_LINES = fileURLToPath(new URL('command-lines.js', import.meta.url));
const SERVER = fileURLToPath(
  new URL('../../packages/core/test/fixtures/plain-server.cjs', import.meta.url),
);

/**
 * Control sockets of one test are its own.
 *
 * @param {{ user?: import('./other-user.js').User }} [options] `user`: whose it is, and who runs it
 */
export async function createDeployment({ user } = {}) {
  // Not the temp folder of the system where that is deep: the path of a socket is short.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'mu-')));
  const deployment = new Deployment(folder, await freePort(), user);
  await mkdir(deployment.app);
  await copyFile(SERVER, join(deployment.app, 'server.cjs'));
  await deployment.deploy('one');
  await mkdir(deployment.bin);
  const script = `#!/bin/sh\nexec '${process.execPath}' '${MUSTER}' "$@"\n`;
  await writeFile(join(deployment.bin, 'muster'), script, { mode: 0o755 });
  if (user) {
    await chmod(folder, 0o755);
    await chown(folder, user.uid, user.gid);
  }
  return deployment;
}

export class Deployment {
  #folder;
  #user;
  /** @type {import('./program.js').Program[]} */
  #programs = [];

  /**
   * @param {string} folder
   * @param {number} port
   * @param {import('./other-user.js').User} [user]
   */
  constructor(folder, port, user) {
    this.#folder = folder;
    this.#user = user;
    this.port = port;
  }

  /** The folder of `server.cjs`. */
  get app() {
    return join(this.#folder, 'app');
  }

  /** A folder for PATH, with `muster` in it. */
  get bin() {
    return join(this.#folder, 'bin');
  }

  get runtimeFolder() {
    return join(this.#folder, 'run');
  }

  /** @returns {Record<string, string>} */
  get env() {
    return { PORT: String(this.port), MUSTER_RUNTIME_DIR: this.runtimeFolder };
  }

  /** @param {string} version what the server says it is; `broken` does not start */
  async deploy(version) {
    await writeFile(join(this.app, 'version.txt'), version);
  }

  /** @returns {Promise<{ version: string, pid: number, args: string[] }>} */
  async ask(path = '/') {
    return (await createClient(this.port).get(path)).body;
  }

  /**
   * `muster start …`, until it ends or the test does.
   *
   * @param {string[]} args
   * @param {Record<string, string>} [env]
   */
  start(args, env = {}) {
    const program = runProgram(MUSTER, {
      args: ['start', ...args],
      cwd: this.app,
      env: { ...this.env, ...env },
      ...(this.#user && { user: this.#user }),
    });
    this.#programs.push(program);
    return program;
  }

  /**
   * Any other command, to its end.
   *
   * @param {string[]} args
   * @param {{ env?: Record<string, string>, cwd?: string, user?: import('./other-user.js').User | undefined }} [options]
   */
  muster(args, options = {}) {
    return this.#run([MUSTER, ...args], options);
  }

  /**
   * Many of them, in one process that ends by itself.
   *
   * @param {readonly (readonly string[])[]} lines
   * @returns {Promise<import('./command-lines.js').Answer[]>}
   */
  async musterLines(lines) {
    const { stdout, stderr } = await this.#run([COMMAND_LINES, MUSTER, JSON.stringify(lines)]);
    if (stderr) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  /**
   * @param {string[]} args of node
   * @param {{ env?: Record<string, string>, cwd?: string, user?: import('./other-user.js').User | undefined }} [options]
   */
  async #run(args, { env = {}, cwd = this.app, user = this.#user } = {}) {
    const child = spawn(process.execPath, args, {
      cwd,
      ...user,
      env: { ...withoutMuster(process.env), ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      /** @type {Promise<number | null>} */ (ended),
    ]);
    return { code, stdout, stderr };
  }

  async [Symbol.asyncDispose]() {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
