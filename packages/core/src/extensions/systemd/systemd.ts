/**
 * Tells systemd, or another manager that set NOTIFY_SOCKET, when the cluster is ready, reloads and stops, how it is, and that
 * it lives (`Type=notify`, `Type=notify-reload`, `WatchdogSec=`). If that is not possible, one line of the log says so, and
 * the cluster runs without it.
 *
 * Source: sd_notify(3), sd_watchdog_enabled(3). WATCHDOG_PID is not compared: a cluster that a script started asks to be
 * looked after in its place (MAINPID).
 */
import { hrtime } from 'node:process';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { reasonOf } from '@muster/codec/thrown';
import { atMost } from '../../process/deadline.js';
import type { Extension, Supervision } from '../extension.js';
import { type Notice, withNotice } from './notify-queue.js';
import { sendNotice } from './sender.js';
import { statusText } from './status-text.js';

/** Milliseconds between two changes of the status line, which workers that come and go would change all the time. */
const STATUS_MS = 1_000;
/** Milliseconds between two signs of life: each is a process. */
const MIN_BEAT_MS = 100;
const MAX_BEAT_MS = 60_000;
/** Milliseconds for which the end of the cluster waits until the manager was told of it. */
const LAST_MS = 10_000;

export class Systemd implements Extension {
  readonly name = 'systemd';
  readonly #env: NodeJS.ProcessEnv;
  readonly #degraded = new Map<string, string>();
  #supervision: Supervision | undefined;
  #queue: readonly Notice[] = [];
  #sending: Promise<void> | undefined;
  #isOff = false;
  #hasFailed = false;
  #reloadFailure: string | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #statusTimer: NodeJS.Timeout | undefined;

  constructor(env: NodeJS.ProcessEnv) {
    // As they are now: the app may change its environment.
    this.#env = { ...env };
  }

  duringStart(supervision: Supervision): void {
    const { cluster } = supervision;
    this.#supervision = supervision;
    this.#tell({ STATUS: this.#status() });
    const watchdogMs = Number(this.#env.WATCHDOG_USEC) / 1_000;
    if (watchdogMs > 0) {
      const beat = () => this.#tell({ WATCHDOG: '1' });
      const everyMs = Math.min(MAX_BEAT_MS, Math.max(MIN_BEAT_MS, watchdogMs / 2));
      this.#watchdog = setInterval(beat, everyMs).unref();
    }
    cluster.on('reloadStart', () => this.#reloads());
    cluster.on('reloadEnd', ({ error }) => this.#reloaded(error));
    cluster.on('roleDegraded', ({ role, reason }) => {
      this.#degraded.set(role, `role ${role} is degraded: ${reason}`);
      this.#statusLater();
    });
    cluster.on('roleRecovered', ({ role }) => {
      this.#degraded.delete(role);
      this.#statusLater();
    });
    cluster.on('roleStopped', ({ role }) => {
      this.#degraded.set(role, `role ${role} has stopped`);
      this.#statusLater();
    });
    cluster.on('scaled', () => this.#statusLater());
  }

  started(): void {
    this.#tell({ READY: '1', MAINPID: String(process.pid), STATUS: this.#status() });
  }

  workerReady(): void {
    this.#statusLater();
  }

  workerExited(): void {
    this.#statusLater();
  }

  stopping(reason: string): void {
    clearTimeout(this.#statusTimer);
    this.#tell({ STOPPING: '1', STATUS: this.#status(`stopping: ${reason}`) });
  }

  async stopped(): Promise<void> {
    clearTimeout(this.#statusTimer);
    clearInterval(this.#watchdog);
    await atMost(LAST_MS, this.#sending ?? Promise.resolve());
  }

  #reloads(): void {
    // On Linux this is CLOCK_MONOTONIC, by which systemd tells this reload from an earlier one.
    const now = hrtime.bigint() / 1_000n;
    this.#reloadFailure = undefined;
    const status = this.#status('reloading');
    this.#tell({ RELOADING: '1', MONOTONIC_USEC: String(now), STATUS: status });
  }

  #reloaded(error: unknown): void {
    if (error !== undefined) this.#reloadFailure = `the last reload failed: ${reasonOf(error)}`;
    this.#tell({ READY: '1', STATUS: this.#status() });
  }

  #status(happens?: string): string {
    const workers = this.#supervision?.handles() ?? [];
    const failure = this.#reloadFailure;
    const problems = [happens, ...this.#degraded.values(), failure].filter(
      (it) => it !== undefined,
    );
    return statusText(
      workers.map(({ info }) => info),
      problems,
    );
  }

  #statusLater(): void {
    this.#statusTimer ??= setTimeout(() => {
      this.#statusTimer = undefined;
      this.#tell({ STATUS: this.#status() });
    }, STATUS_MS).unref();
  }

  #tell(notice: Notice): void {
    if (this.#isOff) return;
    this.#queue = withNotice(this.#queue, notice);
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(): Promise<void> {
    // What is told in one turn is sent together.
    await Promise.resolve();
    for (let [next] = this.#queue; next; [next] = this.#queue) {
      this.#queue = this.#queue.slice(1);
      const { failure, isMissing = false } = await sendNotice(next, this.#env);
      if (failure === undefined) continue;
      this.#failed(failure);
      this.#isOff = isMissing;
      if (isMissing) this.#queue = [];
    }
  }

  #failed(reason: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const message =
      `the service manager (NOTIFY_SOCKET) is not told how the cluster is: systemd-notify: ${reason}. ` +
      'A unit of Type=notify would wait in vain: install it, or use Type=exec.';
    this.#supervision?.log.warn('systemd.unavailable', message, { reason });
  }
}
