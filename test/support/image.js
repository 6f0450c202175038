// An image, built as its Dockerfile says, with no Docker at hand: its steps are done in a folder, by the user that they
// are for. Only what the Dockerfile of the guide needs, and everything else is an error.
import { execFile, spawn } from 'node:child_process';
import { chmod, chown, copyFile, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { DockerfileParser } from 'dockerfile-ast';
import { Program } from './program.js';

const execute = promisify(execFile);

/** Whom the image's user stands for: nobody, where we are root, as in a build by Docker; else ourselves. */
const USER = process.getuid?.() === 0 ? 65_534 : process.getuid?.();

export class Image {
  #root;
  /** @type {Record<string, string>} */
  #env;
  #workdir = '/';
  #asUser = false;
  /** @type {string[]} */
  #command = [];
  /** @type {string[]} */
  ports = [];
  from = '';

  /** @param {string} root the folder that stands for `/` */
  constructor(root) {
    this.#root = root;
    this.#env = { TMPDIR: join(root, 'tmp') };
  }

  /**
   * @param {string} dockerfile its text
   * @param {string} context the folder that it is built from
   */
  async build(dockerfile, context) {
    await chmod(this.#root, 0o755);
    for (const name of ['bin', 'tmp']) await mkdir(join(this.#root, name));
    await chmod(join(this.#root, 'tmp'), 0o1777);
    // Ours may be where the user of the image has no business.
    await copyFile(process.execPath, join(this.#root, 'bin/node'));
    const ignored = await readFile(join(context, '.dockerignore'), 'utf8');
    const isIgnored = (/** @type {string} */ name) => ignored.split('\n').includes(name);
    for (const step of DockerfileParser.parse(dockerfile).getInstructions()) {
      await this.#step(step, context, isIgnored);
    }
  }

  /**
   * @param {import('dockerfile-ast').Instruction} step
   * @param {string} context
   * @param {(name: string) => boolean} isIgnored
   */
  async #step(step, context, isIgnored) {
    const content = step.getArgumentsContent() ?? '';
    const args = step.getArguments().map((argument) => argument.getValue());
    switch (step.getKeyword()) {
      case 'FROM':
        this.from = content;
        return;
      case 'WORKDIR':
        this.#workdir = resolve(this.#workdir, content);
        await mkdir(this.#path('.'), { recursive: true });
        return;
      case 'COPY':
        await this.#copy(context, args, isIgnored);
        return;
      case 'RUN':
        // With the registry and the proxy of whoever runs the test.
        await execute('/bin/sh', ['-c', this.#forUs(content)], this.#process(process.env));
        return;
      case 'USER':
        this.#asUser = true;
        return;
      case 'ENV': {
        const [, name = '', value = ''] = /^(\w+)=(\S+)$/.exec(content) ?? [];
        this.#env[name] = value;
        return;
      }
      case 'EXPOSE':
        this.ports.push(...args);
        return;
      case 'CMD':
        this.#command = JSON.parse(content);
        return;
      default:
        throw new Error(`a step that nobody has needed yet: ${step.getKeyword()}`);
    }
  }

  /**
   * @param {string} context
   * @param {string[]} args sources, and where to
   * @param {(name: string) => boolean} isIgnored
   */
  async #copy(context, args, isIgnored) {
    const target = this.#path(args.pop() ?? '');
    for (const source of args) {
      const path = join(context, source);
      const isFolder = (await stat(path)).isDirectory();
      const names = isFolder ? await readdir(path) : [basename(path)];
      const from = isFolder ? path : dirname(path);
      for (const name of names.filter((name) => !isIgnored(name))) {
        await cp(join(from, name), join(target, name), { recursive: true });
        if (process.getuid?.() === 0) await chown(join(target, name), 0, 0);
      }
    }
  }

  /** @param {string} path */
  #path(path) {
    return join(this.#root, resolve(this.#workdir, path));
  }

  /** @param {string} command whose user, `node`, is there in the image only */
  #forUs(command) {
    return command.replace(/(?<=chown )node\b/, String(USER));
  }

  /** @param {NodeJS.ProcessEnv} env */
  #process(env) {
    const user = this.#asUser && process.getuid?.() === 0 ? { uid: USER, gid: USER } : {};
    const PATH = `${join(this.#root, 'bin')}:${env.PATH ?? '/usr/bin:/bin'}`;
    return { cwd: this.#path('.'), env: { ...env, ...this.#env, PATH }, ...user };
  }

  /**
   * A container: its command, or another one.
   *
   * @param {Record<string, string>} env
   * @param {string[]} [command]
   */
  run(env, command = this.#command) {
    const options = this.#process(env);
    const [file = '', ...args] = command;
    const child = spawn(resolve(options.cwd, file), args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    return new Program(file, child);
  }
}
