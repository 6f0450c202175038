// Machines of one group, as processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MachinesOptions, MachinesStatus } from '@muster/core';
import type { startTraffic } from './traffic.js';

export type Report = Awaited<ReturnType<ReturnType<typeof startTraffic>['report']>>;

const FILE = fileURLToPath(new URL('./machine.js', import.meta.url));

export class MachineProcess {
  readonly name: string;
  readonly workers: number;
  readonly process: ChildProcess;
  readonly up: Promise<void>;
  readonly #pending = new Map<number, (result: never) => void>();
  #lastId = 0;

  constructor(options: MachinesOptions & { name: string }, workers: number) {
    this.name = options.name;
    this.workers = workers;
    const args = [FILE, JSON.stringify(options), String(workers)];
    this.process = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.up = new Promise((resolve) => this.#pending.set(0, () => resolve()));
    createInterface({ input: this.process.stdout as NodeJS.ReadableStream }).on('line', (text) => {
      const { id, result } = JSON.parse(text) as { id: number; result: never };
      this.#pending.get(id)?.(result);
    });
  }

  status(): Promise<MachinesStatus> {
    return this.#ask('status');
  }

  /** The resident memory of the primary, in bytes. */
  memory(): Promise<number> {
    return this.#ask('memory');
  }

  quiet(): Promise<string[]> {
    return this.#askWorkers('quiet');
  }

  reports(): Promise<Report[]> {
    return this.#askWorkers('report');
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.#say(0, 'stop');
    await gone;
  }

  async kill(): Promise<void> {
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }

  #ask<Result>(action: string): Promise<Result> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
      this.#say(id, action);
    });
  }

  #askWorkers<Result>(action: string): Promise<Result[]> {
    const id = ++this.#lastId;
    const results: Result[] = [];
    return new Promise((resolve) => {
      this.#pending.set(id, (result: never) => {
        results.push(result);
        if (results.length === this.workers) resolve(results);
      });
      this.#say(id, action);
    });
  }

  #say(id: number, action: string): void {
    this.process.stdin?.write(`${JSON.stringify({ id, action })}\n`);
  }
}
