// A program under test: asked over its control socket, and ended as a group of processes.
import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { reasonOf } from '@muster/codec/thrown';
import { queueMicrotask, setTimer, sleep } from '@muster/codec/timers';
import type { ClusterStatus, WorkerStatus } from '@muster/core';
import { askCluster } from '@muster/core/control';
import { check, checkNames, whole } from '../checks.js';
import { type ProgramFault, TestProgramError } from '../errors.js';
import type { Program, ProgramExit, Target, WaitOptions } from '../testing.js';
import { type Address, addressIn } from './address.js';
import { PrintedText } from './printed-text.js';
import { familyEnded, isInGroup, killFamily, send, signalGroup } from './process-group.js';
import { checkTarget, pidIn } from './target.js';

const ASK_MS = 5_000;
const RELOAD_MS = 300_000;
const WAIT_MS = 60_000;
const STOP_MS = 30_000;
/** Milliseconds to read what is left of the output after the end. */
const READ_MS = 1_000;
/** Milliseconds between two looks at a condition. */
const LOOK_MS = 30;

const WAIT = { known: new Set(['timeoutMs', 'signal']) };
const STOP = { known: new Set(['timeoutMs']) };

export class RunningProgram implements Program {
  readonly pid: number;
  readonly runtimeDir: string;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<ProgramExit>;
  readonly #stdout: Socket;
  readonly #printed: PrintedText;
  /** Aborted when it has ended. */
  readonly #end = new AbortController();
  #hasExited = false;
  /** Nothing is left of it: its number may be that of another group by now. */
  #isOver = false;
  /** It would not answer. */
  #isPrimaryPaused = false;
  #ending = 'ended';
  #seen: ClusterStatus | undefined;
  #address: Address | undefined;

  constructor(name: string, child: ChildProcess, runtimeDir: string) {
    this.#name = name;
    this.#child = child;
    this.pid = child.pid as number;
    this.runtimeDir = runtimeDir;
    this.#stdout = child.stdout as Socket;
    this.#printed = new PrintedText(this.#stdout);
    child.once('exit', () => {
      this.#hasExited = true;
    });
    this.#exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#ending = signal ? `ended by ${signal}` : `ended with code ${code}`;
        this.#end.abort();
        resolve({ code, signal });
      });
    });
    child.unref();
    this.#stdout.unref();
  }

  get url(): string {
    return this.#served().url;
  }

  get port(): number {
    return this.#served().port;
  }

  get exited(): Promise<ProgramExit> {
    this.#child.ref();
    this.#stdout.ref();
    return this.#exited;
  }

  output(): string {
    return this.#printed.text;
  }

  async status(): Promise<ClusterStatus> {
    const status = await this.#ask('status', ASK_MS);
    this.#seen = status;
    this.#address = addressIn(status) ?? this.#address;
    return status;
  }

  async workers(): Promise<readonly WorkerStatus[]> {
    return (await this.status()).workers;
  }

  async kill(target: Target, signal: NodeJS.Signals = 'SIGKILL'): Promise<number> {
    const pid = await this.#pidOf(target);
    send(pid, signal);
    return pid;
  }

  async pause(target: Target): Promise<() => void> {
    const pid = await this.kill(target, 'SIGSTOP');
    const isPrimary = target === 'primary';
    if (isPrimary) this.#isPrimaryPaused = true;
    return () => {
      if (isPrimary) this.#isPrimaryPaused = false;
      send(pid, 'SIGCONT');
    };
  }

  async reload(): Promise<void> {
    await this.#ask('reload', RELOAD_MS);
  }

  async waitFor(
    condition: (status: ClusterStatus) => unknown,
    options: WaitOptions = {},
  ): Promise<ClusterStatus> {
    check('The condition', condition, 'a function', typeof condition === 'function');
    return this.#until('did not fulfil the condition', condition, options);
  }

  async recovered(pid: number, options: WaitOptions = {}): Promise<ClusterStatus> {
    check('The process id', pid, 'a number', Number.isSafeInteger(pid));
    return this.#until(
      `did not recover from the end of process ${pid}`,
      (status) => allServe(status) && status.workers.every((it) => it.pid !== pid),
      options,
    );
  }

  async printed(pattern: RegExp, options: WaitOptions = {}): Promise<RegExpMatchArray> {
    check('The pattern', pattern, 'a RegExp', pattern instanceof RegExp);
    return this.#wait(
      options,
      (when) => `did not print ${pattern}${when}`,
      (signal) => this.#printed.matched(pattern, signal),
    );
  }

  async stop(
    options: { timeoutMs?: number | undefined } = {},
  ): Promise<ProgramExit & { killed: boolean }> {
    checkNames('stop()', options, STOP);
    const timeoutMs = whole('timeoutMs', options.timeoutMs ?? STOP_MS);
    let killed = false;
    if (!this.#isOver) {
      signalGroup(this.pid, 'SIGCONT');
      this.#isPrimaryPaused = false;
      // Through npm, a shell or sudo, a signal might not arrive.
      const status = await this.status().catch(() => undefined);
      const primary = status?.pid ?? (this.#hasExited ? undefined : this.pid);
      if (primary !== undefined) send(primary, 'SIGTERM');
      killed = !(await familyEnded(this, timeoutMs));
      this.#isOver = !killed;
    }
    await this[Symbol.asyncDispose]();
    return { ...(await this.exited), killed };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) await killFamily(this);
    this.#isOver = true;
    // What has left the group may still hold the pipe.
    const late = setTimer(() => this.#stdout.destroy(), READ_MS);
    await this.exited;
    late.clear();
    await rm(this.runtimeDir, { recursive: true, force: true });
  }

  /** Until all workers serve. */
  async serving(options: WaitOptions): Promise<void> {
    await this.#until('was not ready', allServe, options);
  }

  serveAt(address: Address | undefined): void {
    this.#address = address;
  }

  #served(): Address {
    if (this.#address) return this.#address;
    throw this.#error('no-address', 'listens on no TCP address that is known');
  }

  async #ask<Call extends 'status' | 'reload'>(call: Call, timeoutMs: number) {
    let asked: Awaited<ReturnType<typeof askCluster<Call>>>;
    try {
      asked = await askCluster(this.runtimeDir, call, timeoutMs);
    } catch (cause) {
      const isRefused = cause instanceof Error && cause.name === 'RefusedCallError';
      const what = `did not answer ${call}: ${reasonOf(cause)}`;
      throw this.#error(isRefused ? 'refused' : 'no-cluster', what, { cause });
    }
    if (asked) return asked.answer;
    throw this.#error('no-cluster', 'runs no cluster with a control socket');
  }

  /** Of its last status, if the primary cannot be asked. */
  async #pidOf(target: Target): Promise<number> {
    checkTarget(target);
    const whose = target === 'primary' ? 'of its primary' : `in slot ${target}`;
    const what = `has no process ${whose}`;
    if (!this.#isPrimaryPaused && !this.#isOver) {
      try {
        const pid = pidIn(await this.status(), target);
        if (pid !== undefined) return pid;
        throw this.#error('no-worker', what);
      } catch (error) {
        const isKnown = this.#seen !== undefined || this.#end.signal.aborted;
        if (!isKnown || (error as TestProgramError).reason !== 'no-cluster') throw error;
      }
    }
    const pid = this.#seen && pidIn(this.#seen, target);
    // What was seen last may have ended since, and its number may be that of somebody else.
    if (pid !== undefined && !this.#isOver && isInGroup(this.pid, pid)) return pid;
    const hasEnded = this.#isOver || this.#end.signal.aborted;
    throw hasEnded
      ? this.#error('ended', `${this.#ending}, and ${what}`)
      : this.#error('no-worker', what);
  }

  /** @param fault what is wrong with the program as long as the condition does not hold */
  #until(
    fault: string,
    condition: (status: ClusterStatus) => unknown,
    options: WaitOptions,
  ): Promise<ClusterStatus> {
    const seen = () =>
      this.#seen
        ? `Its last status was ${shortened(this.#seen)}`
        : 'No cluster has answered in it: does it call startCluster()?';
    const work = async (signal: AbortSignal): Promise<ClusterStatus> => {
      while (!signal.aborted) {
        const status = await this.status().catch(() => undefined);
        if (status && (await condition(status))) return status;
        await sleep(LOOK_MS);
      }
      return new Promise(() => {});
    };
    return this.#wait(options, (when) => `${fault}${when}. ${seen()}`, work);
  }

  /** Waits for what may never come: it ends with the program, its time, and the caller's signal. */
  async #wait<Result>(
    options: WaitOptions,
    fault: (when: string) => string,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    checkNames('The wait', options, WAIT);
    const timeoutMs = whole('timeoutMs', options.timeoutMs ?? WAIT_MS, { min: 1 });
    const over = new AbortController();
    const signals = [this.#end.signal, ...(options.signal ? [options.signal] : [])];
    const tooLate = () => this.#error('late', fault(` within ${timeoutMs} ms`));
    const late = setTimer(() => over.abort(tooLate()), timeoutMs);
    const isOver = new Promise<never>((_, reject) => {
      over.signal.addEventListener('abort', () => reject(over.signal.reason), { once: true });
    });
    const stop = () => {
      const ended = this.#error('ended', `${this.#ending}, and ${fault('')}`);
      over.abort(options.signal?.aborted ? options.signal.reason : ended);
    };
    for (const signal of signals) {
      signal.addEventListener('abort', stop);
      if (signal.aborted) queueMicrotask(stop);
    }
    try {
      return await Promise.race([work(over.signal), isOver]);
    } finally {
      late.clear();
      for (const signal of signals) signal.removeEventListener('abort', stop);
      over.abort();
    }
  }

  #error(reason: ProgramFault, what: string, options?: ErrorOptions): TestProgramError {
    return new TestProgramError(reason, `${this.#name} ${what}`, this.output(), options);
  }
}

function allServe({ state, roles }: ClusterStatus): boolean {
  return state === 'running' && roles.every(({ ready, workers }) => ready >= workers);
}

function shortened(status: ClusterStatus): string {
  const { state, roles, workers } = status;
  const each = workers.map(({ slot, generation, state }) => `${slot}.${generation} ${state}`);
  return JSON.stringify({ state, roles, workers: each }).slice(0, 2_000);
}
