// Machines of one group, as processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MachinesOptions, MachinesStatus } from '@muster/core';
import { expect, vi } from 'vitest';
import type { Report, Run } from './history.js';

const FILE = fileURLToPath(new URL('./machine.js', import.meta.url));

export class MachineProcess {
  readonly name: string;
  readonly workers: number;
  readonly process: ChildProcess;
  readonly up: Promise<void>;
  readonly #pending = new Map<number, (result: never) => void>();
  #lastId = 0;

  /** @param host begins the command line that runs it, such as on another host */
  constructor(
    options: MachinesOptions & { name: string },
    workers: number,
    host: readonly string[] = [],
  ) {
    this.name = options.name;
    this.workers = workers;
    const [command = '', ...args] = [...host, process.execPath, FILE];
    const all = [...args, JSON.stringify(options), String(workers)];
    this.process = spawn(command, all, { stdio: ['pipe', 'pipe', 'inherit'] });
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
    if (this.isGone) return;
    const gone = once(this.process, 'exit');
    this.#say(0, 'stop');
    await gone;
  }

  async kill(): Promise<void> {
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }

  get isGone(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
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

/** Machines of one group, with what is asked of all of them. */
export class MachineGroup {
  readonly machines: MachineProcess[];

  constructor(machines: MachineProcess[]) {
    this.machines = machines;
  }

  /** Everybody knows of everybody, by a name that nobody else has. */
  async allThere(): Promise<void> {
    await Promise.all(this.machines.map(({ up }) => up));
    await vi.waitFor(async () => {
      for (const machine of this.machines) {
        const { name, machines, link } = await machine.status();
        expect(link.up).toBe(true);
        expect(machines).toHaveLength(this.machines.length - 1);
        const names = [name, ...machines.map((other) => other.name)];
        expect(new Set(names).size).toBe(this.machines.length);
      }
    });
  }

  /** Each worker hears each other one, as it is now. */
  async heardOf(): Promise<void> {
    const before = await this.reports();
    await vi.waitFor(async () => {
      for (const { name, runs } of await this.reports()) {
        const last = lastOf(runs);
        for (const other of before) {
          if (other.name === name) continue;
          const at = `${other.name} at ${name}`;
          expect(last.get(other.name) ?? -1, at).toBeGreaterThanOrEqual(other.sent);
        }
      }
    });
  }

  /** Nothing more is sent, all that was has arrived, and all that was asked is answered. @returns what all wrote down */
  async settled(): Promise<readonly Report[]> {
    await Promise.all(this.machines.map((machine) => machine.quiet()));
    return vi.waitFor(async () => {
      const reports = await this.reports();
      for (const { name, requests, runs } of reports) {
        const last = lastOf(runs);
        expect(requests.pending).toBe(0);
        for (const other of reports) {
          if (other.name !== name) expect(last.get(other.name)).toBe(other.sent - 1);
        }
      }
      return reports;
    });
  }

  async reports(): Promise<Report[]> {
    return (await Promise.all(this.machines.map((machine) => machine.reports()))).flat();
  }

  async stop(): Promise<void> {
    await Promise.all(this.machines.map((machine) => machine.stop()));
  }
}

function lastOf(runs: readonly Run[]): ReadonlyMap<string, number> {
  return new Map(runs.map(({ sender, to }) => [sender, to]));
}
