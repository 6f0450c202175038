// Somebody who follows a page of the docs: saves the files that it prints, types its command lines, and compares what is seen.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { MUSTER } from './deployment.js';
import { findCurl } from './find-curl.js';
import { createProject } from './guide.js';
import { type Program, runLine } from './program.js';
import { freePort } from './redis/free-port.js';

type Project = Awaited<ReturnType<typeof createProject>>;

export interface ReaderOptions {
  /** What is installed besides our packages. */
  installs?: string[];
  /** The ports of the page, each of which becomes a free one. The first is that of a server with no PORT. Default: 3000. */
  ports?: number[];
  /** What else is another thing here than on the page. */
  says?: Record<string, string>;
}

/** Has a folder in which the packages are installed. */
export async function createReader(options: ReaderOptions = {}) {
  const { installs = [], ports = [3000], says = {} } = options;
  const project = await createProject();
  await project.install(...installs);
  const bin = project.path('node_modules/.bin');
  await mkdir(bin);
  const muster = `#!/bin/sh\nexec '${process.execPath}' '${MUSTER}' "$@"\n`;
  await writeFile(join(bin, 'muster'), muster, { mode: 0o755 });
  // `muster init` would have written it.
  await project.write('package.json', '{ "type": "module" }');
  const path = [bin, process.env.PATH, await findCurl()].join(delimiter);
  const own = new Map<number, number>();
  for (const port of ports) own.set(port, await freePort());
  return new Reader(project, path, own, says);
}

class Reader {
  readonly #project: Project;
  readonly #env: Record<string, string>;
  readonly #ports: ReadonlyMap<number, number>;
  readonly #says: Record<string, string>;
  readonly #programs: Program[] = [];

  constructor(
    project: Project,
    path: string,
    ports: ReadonlyMap<number, number>,
    says: Record<string, string>,
  ) {
    this.#project = project;
    this.#ports = ports;
    this.#says = says;
    const [port] = ports.values();
    this.#env = { ...project.env, PATH: path, PORT: String(port) };
  }

  get folder() {
    return this.#project.folder;
  }

  status() {
    return this.#project.status();
  }

  /** The first port of the page. */
  get port() {
    return Number(this.#env.PORT);
  }

  /** What the reader writes without being told to. */
  write(name: string, text: string) {
    return this.#project.write(name, text);
  }

  /** Each block is a file whose name is its first line. */
  async save(blocks: Record<string, string>) {
    for (const code of Object.values(blocks)) {
      const name = /^\/\/ (\S+)\n/.exec(code)?.[1];
      if (!name) throw new Error(`a block without the name of its file:\n${code}`);
      await this.#project.write(name, code);
    }
  }

  /** What the lines print, once they have ended, with 0 or another code. */
  async type(lines: string, { code = 0 } = {}) {
    await using program = await this.start(lines);
    const exit = await program.exited;
    if (exit.code !== code) {
      throw new Error(`${lines} ended with ${exit.code ?? exit.signal}:\n${program.output()}`);
    }
    return program.output();
  }

  /** Runs until it ends or the test does. */
  async start(lines: string) {
    const program = runLine(await this.#translated(lines), { cwd: this.folder, env: this.#env });
    this.#programs.push(program);
    return program;
  }

  async #translated(lines: string) {
    let text = lines.trim();
    for (const [printed, own] of Object.entries(this.#says)) text = text.replaceAll(printed, own);
    for (const [printed, own] of this.#ports) {
      text = text.replace(new RegExp(`(?<=localhost:|PORT=)${printed}\\b`, 'g'), String(own));
    }
    // Which of the two npx finds is tested with installed packages (packages.test.ts), and so is npm.
    text = text.replaceAll('npx @muster/core ', 'muster ');
    if (!/\bnpm (start|run)\b/.test(text)) return text;
    const { scripts } = JSON.parse(await readFile(join(this.folder, 'package.json'), 'utf8'));
    return text.replace(/\bnpm (?:run )?(\w+)(?: --)?/, (_, name) => `exec ${scripts[name]}`);
  }

  async [Symbol.asyncDispose]() {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
    await this.#project[Symbol.asyncDispose]();
  }
}

/** What a page shows, as a pattern for what is seen: 5201 and so on stand for process ids, `in 5 ms` for any time, `…` for anything. */
export function asSeen(text: string) {
  const pattern = text
    .trimEnd()
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/\b52\d\d\b/g, '\\d+')
    .replace(/\b(in|after) \d+ ?m?s\b/g, '$1 .*')
    .replace(/ {2,}/g, ' +')
    .replaceAll('…', '.*');
  return new RegExp(`^${pattern}$`, 'm');
}
