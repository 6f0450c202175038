// A cluster under test with its deploys and its clients, each a process of its own, and nothing of it left afterwards.
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterStatus, WorkerExit, WorkerInfo } from '@muster/core';
import { onFreePort } from '../../support/redis/free-port.js';

const APP = fileURLToPath(new URL('./app.js', import.meta.url));
const PRIMARY = fileURLToPath(new URL('./primary.js', import.meta.url));
const CLIENT = fileURLToPath(new URL('./load-client.js', import.meta.url));

export interface Counts {
  answered: number;
  resets: number;
  refused: number;
  timeouts: number;
  short: number;
  other: number;
  codes: Record<string, number>;
}

/** What every count of a failure has to be. */
export const NO_FAILURES = { resets: 0, refused: 0, timeouts: 0, short: 0, other: 0, codes: {} };

interface Answer {
  id?: number;
  value?: unknown;
  error?: object;
  event?: string;
}

export class Deployment {
  readonly folder: string;
  readonly port: number;
  readonly child: ChildProcess;
  readonly exits: WorkerExit[] = [];
  /** Of every worker that there ever was. */
  readonly pids = new Set<number>();
  /** Of those that are not known to be gone: the system gives the numbers of others to other processes. */
  readonly #left = new Set<number>();
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  readonly #events = new EventEmitter();
  readonly #output: string[] = [];
  #lastId = 0;

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.folder = folder;
    this.port = port;
    this.child = child;
    this.exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#output.push(text));
    }
    child.on('message', ({ id, event, value, error }: Answer) => {
      if (event === 'workerStart') this.#add(value as WorkerInfo);
      if (event === 'workerExit') {
        this.exits.push(value as WorkerExit);
        this.#left.delete((value as WorkerExit).pid);
      }
      if (event === 'up') for (const worker of value as WorkerInfo[]) this.#add(worker);
      this.#events.emit(event ?? `answer ${id}`, value, error);
    });
  }

  /** Runs app.js, copied to a folder of its own, so that `deploy` can write over it. `current` is a link to `first`. */
  static start(options: object): Promise<Deployment> {
    return onFreePort((port) => Deployment.#startOn(port, options));
  }

  static async #startOn(port: number, options: object): Promise<Deployment> {
    const folder = await mkdtemp(join(tmpdir(), 'muster-chaos-'));
    await mkdir(join(folder, 'first'));
    await symlink('first', join(folder, 'current'));
    for (const path of ['app.mjs', 'first/app.mjs']) await copyFile(APP, join(folder, path));
    const child = fork(PRIMARY, [], {
      cwd: folder,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        PORT: String(port),
        CLUSTER_OPTIONS: JSON.stringify({ worker: 'app.mjs', control: false, ...options }),
      },
    });
    const deployment = new Deployment(folder, port, child);
    const ended = deployment.exited.then(() => {
      throw new Error(`the cluster did not start:\n${deployment.output()}`);
    });
    await Promise.race([once(deployment.#events, 'up'), ended]);
    ended.catch(() => {});
    return deployment;
  }

  #add({ pid }: WorkerInfo): void {
    this.pids.add(pid);
    this.#left.add(pid);
  }

  output(): string {
    return this.#output.join('');
  }

  /** Writes code over what is deployed; `undefined` deploys the app again as it was. */
  async deploy(code?: string, file = 'app.mjs'): Promise<void> {
    if (code === undefined) await copyFile(APP, join(this.folder, file));
    else await writeFile(join(this.folder, file), code);
  }

  /** Calls the cluster; what it rejects with has all fields of the error. */
  async call<Result>(call: string, ...args: unknown[]): Promise<Result> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.child.send({ id, call, args });
    const [value, error] = await once(this.#events, `answer ${id}`);
    if (error) throw error;
    return value as Result;
  }

  /** Calls `listener` for each event of the cluster of that name, and returns what ends that. */
  on<Value>(name: string, listener: (value: Value) => void): () => void {
    this.#events.on(name, listener);
    return () => this.#events.off(name, listener);
  }

  /** The next event of the cluster of that name. */
  async event<Value>(name: string): Promise<Value> {
    const [value] = await once(this.#events, name);
    return value as Value;
  }

  status(): Promise<ClusterStatus> {
    return this.call<ClusterStatus>('status');
  }

  async servingPids(): Promise<number[]> {
    const { workers } = await this.status();
    return workers.flatMap(({ pid, state }) => (state === 'ready' && pid ? [pid] : []));
  }

  /** Clients until `stop`, which gives what they counted. */
  async load(clients: number): Promise<{ stop(): Promise<Counts> }> {
    const client = fork(CLIENT, [String(this.port), String(clients)], { execArgv: [] });
    await once(client, 'message');
    return {
      async stop() {
        client.send('stop');
        const [counts] = await once(client, 'message');
        return counts as Counts;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null) await this.exited;
    for (const pid of this.#left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone, as it should be.
      }
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
