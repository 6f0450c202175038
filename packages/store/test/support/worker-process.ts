// A forked process with a store of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SharedStoreOptions } from '@muster/store';

interface StartOptions {
  /** Its code, in fixtures/. Default: worker.js */
  readonly fixture?: string;
  readonly env?: NodeJS.ProcessEnv;
}

interface Reply {
  readonly id: number;
  readonly output?: unknown;
  readonly error?: string;
}

/** For a process to open its store where others do so, too, on a busy machine. In milliseconds. */
const DEADLINE_MS = 60_000;

export class WorkerProcess {
  readonly #child: ChildProcess;
  /** Its stdout: a file, because what is written to a pipe may be on its way when the process is killed. */
  readonly #output: number;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #orders = 0;
  /** Once it is gone. */
  #acknowledged: number | undefined;

  private constructor(options: SharedStoreOptions, { fixture = 'worker.js', env }: StartOptions) {
    const folder = mkdtempSync(join(tmpdir(), 'muster-worker-'));
    this.#output = openSync(join(folder, 'output'), 'w');
    rmSync(folder, { recursive: true });
    this.#child = fork(fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url)), {
      env: {
        ...process.env,
        ...env,
        STORE_OPTIONS: JSON.stringify({ deadlineMs: DEADLINE_MS, ...options }),
      },
      stdio: ['ignore', this.#output, 'inherit', 'ipc'],
    });
    this.#child.on('message', (reply: Reply) => this.#waiting.get(reply.id)?.(reply));
    this.#child.on('exit', (code, signal) => {
      const error = `the worker ended with ${signal ?? code}`;
      for (const [id, resolve] of this.#waiting) resolve({ id, error });
    });
  }

  static async start(options: SharedStoreOptions, how: StartOptions = {}): Promise<WorkerProcess> {
    const worker = new WorkerProcess(options, how);
    const { error } = await worker.#reply(0);
    if (error !== undefined) throw new Error(error);
    return worker;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How many increments of `incrementForever` were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged ?? fstatSync(this.#output).size;
  }

  async order(name: string, order: Record<string, unknown>): Promise<unknown> {
    const id = ++this.#orders;
    const reply = this.#reply(id);
    this.#child.send({ id, name, order });
    const { output, error } = await reply;
    if (error !== undefined) throw new Error(error);
    return output;
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#acknowledged !== undefined) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
    this.#acknowledged = this.acknowledged;
    closeSync(this.#output);
  }

  /** It stands still. */
  stop(): void {
    this.#child.kill('SIGSTOP');
  }

  /** It goes on. */
  go(): void {
    this.#child.kill('SIGCONT');
  }

  #reply(id: number): Promise<Reply> {
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}
