// The examples of the documentation, as they are printed there, and a folder to run them in.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { runtimeFolders } from '../../packages/core/dist/extensions/control/socket/runtime-folder.js';
import { nameOf } from '../../packages/core/dist/extensions/control/socket/socket-name.js';
import { SocketClient } from '../../packages/core/dist/extensions/control/socket-client.js';
import { codeBlocks } from './code-blocks.js';
import { MUSTER } from './deployment.js';
import { runProgram, withoutMuster } from './program.js';

const execute = promisify(execFile);

const root = join(import.meta.dirname, '../..');

/** What examples import besides our own packages, and who has it. */
const FOREIGN = [
  'docs/examples',
  'packages/core',
  'packages/adapters',
  'packages/store',
  'packages/session',
  '.',
].map((folder) => `${folder}/node_modules`);

/**
 * All examples of a page in one language, in their order. Each has to be named, so that none is added that no test runs.
 *
 * @template {string} Name
 * @param {string} page a path below the root of the repository
 * @param {string} language
 * @param {readonly Name[]} names one for each
 * @returns {Promise<Record<Name, string>>}
 */
export async function examplesOf(page, language, names) {
  const blocks = codeBlocks(page, await readFile(join(root, page), 'utf8'))
    .filter((block) => block.language === language && block.mark !== 'not code')
    .map(({ code }) => code);
  if (blocks.length !== names.length) {
    throw new Error(`${page} has ${blocks.length} examples of ${language}, not ${names.length}`);
  }
  return /** @type {Record<Name, string>} */ (
    Object.fromEntries(names.map((name, index) => [name, blocks[index]]))
  );
}

/**
 * An example, changed for a test in one place.
 *
 * @param {string} code
 * @param {string} place what it says there; more than one such place, or none, is an error
 * @param {string} replacement
 */
export function changed(code, place, replacement) {
  const parts = code.split(place);
  if (parts.length !== 2) throw new Error(`${place}: ${parts.length - 1} times in\n${code}`);
  return parts.join(replacement);
}

/**
 * An example whose lines say what they give, `expression; // value, and why`: as a program that prints each such value on
 * a line, without its spaces, and what these lines have to match.
 *
 * @param {string} code
 */
export function claims(code) {
  /** @type {RegExp[]} */
  const claimed = [];
  const shown = code.replaceAll(
    /^(?!const |import )(\S.*); +\/\/ +((?:true|false|undefined|['[{\d]|Map).*)$/gm,
    (_, expression, claim) => {
      const value = /^('.*?'|\w+(?=[:,]|$)|[^:,]*\{.*\}|\[.*\])/.exec(claim)?.[0] ?? '';
      claimed.push(new RegExp(`^${value.replaceAll(' ', '').split('…').map(escaped).join('.*')}$`));
      return `console.log((await import('node:util')).inspect(${expression}).replaceAll(' ', ''));`;
    },
  );
  return { code: shown, claimed };
}

/** @param {string} text */
const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** A folder like that of somebody who has installed the packages. */
export async function createProject() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'mu-')));
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(root, 'packages'), join(folder, 'node_modules/@muster'));
  return new Project(folder);
}

class Project {
  /** @type {import('./program.js').Program[]} */
  #programs = [];

  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /** Where its clusters have their control sockets. */
  get env() {
    return { MUSTER_RUNTIME_DIR: join(this.folder, 'run') };
  }

  /** @param {string} name */
  path(name) {
    return join(this.folder, name);
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  async write(name, text) {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), text);
  }

  /**
   * As if it were installed.
   *
   * @param {string[]} names
   */
  async install(...names) {
    for (const name of names) {
      const found = FOREIGN.map((folder) => join(root, folder, name)).find((path) =>
        existsSync(path),
      );
      if (!found) throw new Error(`${name} is in none of ${FOREIGN.join(', ')}`);
      await mkdir(dirname(this.path(`node_modules/${name}`)), { recursive: true });
      await symlink(await realpath(found), this.path(`node_modules/${name}`));
    }
  }

  /**
   * Writes an ES module and runs it, until it ends or the test does.
   *
   * @param {string} code
   * @param {{ name?: string, env?: Record<string, string>, args?: string[] }} [options]
   */
  async run(code, { name = 'example.mjs', env = {}, args = [] } = {}) {
    await this.write(name, code);
    return this.start(name, { env, args });
  }

  /**
   * Runs what was written, until it ends or the test does.
   *
   * @param {string} name
   * @param {{ env?: Record<string, string>, args?: string[] }} [options]
   */
  start(name, { env = {}, args = [] } = {}) {
    const program = runProgram(this.path(name), {
      args,
      cwd: this.folder,
      env: { ...this.env, ...env },
    });
    this.#programs.push(program);
    return program;
  }

  /**
   * What a command prints; rejects where it fails.
   *
   * @param {string[]} args
   */
  async muster(...args) {
    const env = { ...withoutMuster(process.env), ...this.env };
    const { stdout } = await execute(process.execPath, [MUSTER, ...args], {
      cwd: this.folder,
      env,
    });
    return stdout;
  }

  /**
   * Asked of its control socket: a command would be a process for each look.
   *
   * @returns {Promise<import('@muster/core').ClusterStatus>} of the one cluster that runs here
   */
  async status() {
    const [folder = ''] = runtimeFolders(this.env);
    const [socket, ...others] = (await readdir(folder)).filter((name) => nameOf(name));
    if (socket === undefined || others.length > 0) throw new Error(`not one cluster in ${folder}`);
    const client = await SocketClient.connect(join(folder, socket));
    try {
      return /** @type {import('@muster/core').ClusterStatus} */ (await client.call('status'));
    } finally {
      client.close();
    }
  }

  async [Symbol.asyncDispose]() {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}
