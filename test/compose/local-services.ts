// Starts services of docker-compose.yml without Docker: their own commands and health checks, against the local
// redis-server. Changed are only the ports (to free ones), the data folders (to temporary ones) and the address
// to listen on (127.0.0.1).

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { findRedisServer } from '../support/redis/find-server.js';
import { freePort } from '../support/redis/free-port.js';
import { publishedPorts, readComposeFile, type Service } from './compose-file.js';

/** What the nodes of the Redis Cluster add to their ports for the bus between them. */
const CLUSTER_BUS_OFFSET = 10_000;

interface Running {
  child: ChildProcess;
  /** What it printed. */
  output: string[];
}

export class LocalServices {
  readonly #services: Record<string, Service>;
  readonly #ports: Map<string, number>;
  readonly #folder: string;
  readonly #running = new Map<string, Running>();
  readonly #up = new Map<string, Promise<void>>();

  /**
   * Gets the id of every process group that we start, a line each, and kills them all when its input ends: in
   * `stop`, and when this process dies in any way.
   */
  readonly #reaper = spawn(
    'sh',
    ['-c', 'while read -r id; do ids="$ids $id"; done; for id in $ids; do kill -KILL "-$id"; done'],
    {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );

  private constructor(
    services: Record<string, Service>,
    ports: Map<string, number>,
    folder: string,
  ) {
    this.#services = services;
    this.#ports = ports;
    this.#folder = folder;
  }

  static async create(): Promise<LocalServices> {
    const { command, cli } = await findRedisServer();
    if (!cli)
      throw new Error(`There is no redis-cli beside ${command}: install it (Debian: redis-tools)`);
    const { services } = await readComposeFile();
    const folder = await mkdtemp(join(tmpdir(), 'muster-compose-'));
    await mkdir(join(folder, 'bin'));
    await symlink(cli, join(folder, 'bin/redis-cli'));
    await writeFile(
      join(folder, 'bin/redis-server'),
      `#!/bin/sh\nexec '${command}' "$@" --bind 127.0.0.1\n`,
      {
        mode: 0o755,
      },
    );
    const published = Object.values(services).flatMap(({ ports }) =>
      ports.flatMap((port) => publishedPorts(port).host),
    );
    const free = new Set<number>();
    while (free.size < published.length) free.add(await freePort(CLUSTER_BUS_OFFSET));
    const ports = new Map([...free].map((port, index) => [String(published[index]), port]));
    return new LocalServices(services, ports, folder);
  }

  /** The port that stands for this one of the file. */
  port(port: number): number {
    const local = this.#ports.get(String(port));
    if (!local) throw new Error(`docker-compose.yml publishes no port ${port}`);
    return local;
  }

  /** Starts these and whatever they depend on, as Compose would, and resolves when all of them are healthy. */
  async up(...names: string[]): Promise<void> {
    await Promise.all(
      names.map((name) => {
        const started = this.#up.get(name) ?? this.#startAfterOthers(name);
        this.#up.set(name, started);
        return started;
      }),
    );
  }

  async #startAfterOthers(name: string): Promise<void> {
    await this.up(...Object.keys(this.#service(name).depends_on));
    await this.start(name);
    await this.healthy(name);
  }

  /** Runs the service's command in its own folder, which it finds again when it is started again. */
  async start(name: string): Promise<void> {
    this.#running.set(name, await this.#spawn(name, this.#service(name).command));
  }

  /** Runs a service's command to its end, where the service itself would stay; resolves to what it printed. */
  async runToEnd(name: string): Promise<{ code: number | null; output: string }> {
    const stay = 'exec tail -f /dev/null';
    const command = this.#service(name).command.map((part) => part.replace(stay, 'exit 0'));
    const { child, output } = await this.#spawn(name, command);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output: output.join('') };
  }

  /** Resolves when the service's own health check succeeds. */
  async healthy(name: string): Promise<void> {
    const [kind, ...test] = this.#localized(this.#service(name).healthcheck?.test ?? []);
    const [file = '', ...args] = kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...test] : test;
    await vi.waitFor(
      async () => {
        const { child, output } = this.#running.get(name) as Running;
        if (child.exitCode !== null)
          throw new Error(`${name} exited with ${child.exitCode}: ${output.join('')}`);
        const code = await new Promise((resolve) => {
          execFile(file, args, this.#surroundings(name), (error) =>
            resolve(error ? error.code : 0),
          );
        });
        if (code !== 0)
          throw new Error(`${name} is not healthy (${code}): ${output.slice(-10).join('')}`);
      },
      { timeout: 20_000, interval: 100 },
    );
  }

  /** SIGKILL. */
  async kill(name: string): Promise<void> {
    const { child } = this.#running.get(name) as Running;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async stop(): Promise<void> {
    const alive = [...this.#running.values()].filter(
      ({ child }) => child.exitCode === null && !child.signalCode,
    );
    const exited = alive.map(({ child }) => once(child, 'exit'));
    this.#reaper.stdin?.end();
    await Promise.all([...exited, once(this.#reaper, 'exit')]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #spawn(name: string, command: string[]): Promise<Running> {
    const [file = '', ...args] = this.#localized(command);
    const surroundings = this.#surroundings(name);
    await mkdir(surroundings.cwd, { recursive: true });
    const child = spawn(file, args, {
      ...surroundings,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await once(child, 'spawn');
    this.#reaper.stdin?.write(`${child.pid}\n`);
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => output.push(String(chunk)));
    return { child, output };
  }

  #surroundings(name: string): { cwd: string; env: NodeJS.ProcessEnv } {
    const { environment } = this.#service(name);
    const variables = Object.entries(environment).map(([key, value]) => [
      key,
      ...this.#localized([value]),
    ]);
    const PATH = `${join(this.#folder, 'bin')}:${process.env.PATH}`;
    return {
      cwd: join(this.#folder, name),
      env: { ...process.env, ...Object.fromEntries(variables), PATH },
    };
  }

  #localized(texts: string[]): string[] {
    return texts.map((text) =>
      text.replace(/\b\d{4,5}\b/g, (number) => String(this.#ports.get(number) ?? number)),
    );
  }

  #service(name: string): Service {
    const service = this.#services[name];
    if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
    return service;
  }
}
