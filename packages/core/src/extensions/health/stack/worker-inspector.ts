/**
 * The inspector of one worker: where it listens if its user has opened it, and how the primary opens it for a moment and
 * closes it again.
 *
 * When a signal opens it, it listens on a port that the kernel chooses, under a random id that appears only on the worker's
 * stderr (see supervisor/process/inspector-flags.ts). The primary reads the id there and does not pass it on.
 */

import type { ChildProcess } from 'node:child_process';
import { clearTimeout, setTimeout } from 'node:timers';
import { debuggerAddress } from './debugger-address.js';
import { closeInspector, DebuggerSession } from './debugger-session.js';
import { InspectorNotices } from './inspector-notices.js';

/** Milliseconds to close an inspector that opened too late. */
const CLOSE_MS = 1_000;
/** Heartbeats: one may have been on its way when the signal was sent. */
const SETTLED_AFTER = 2;
/** Milliseconds within which Node's lines about a debugger that has left may still arrive. */
const LATE_NOTICES_MS = 1_000;

/** `ours`: the primary opened it, so nobody else can use it. */
export interface OpenInspector {
  readonly url: string;
  readonly ours: boolean;
}

/** What a worker reports about it (see worker/health/inspector.ts). */
export interface InspectorReport {
  readonly inspectorUrl: string;
  readonly opensInspector: boolean;
}

export class WorkerInspector {
  readonly pid: number;
  readonly #opensInSecret: boolean;
  readonly #notices = new InspectorNotices((text) => this.#announced(text));
  #showHeld = () => {};
  /** Whether the app listens to the signal itself. */
  #deaf = false;
  /** Its URL if its user has opened it. */
  #users: string | undefined;
  /**
   * How many heartbeats must still report it closed before an open inspector counts as the user's again. Above 0 after a
   * signal, which may open it twice: while JavaScript runs, and once more when the event loop turns.
   */
  #unsettled = 0;
  #whenAnnounced: ((url: string) => void) | undefined;
  #inUse = false;
  #showing: NodeJS.Timeout | undefined;

  /**
   * Create it in the turn of the fork, before anything of its stderr is read.
   *
   * @param opensInSecret whether a signal opens it, and only its stderr shows where
   */
  constructor(child: ChildProcess, opensInSecret: boolean) {
    this.pid = child.pid ?? 0;
    this.#opensInSecret = opensInSecret && this.pid > 0;
    if (child.stderr) this.#readFirst(child.stderr);
  }

  heard({ inspectorUrl, opensInspector }: InspectorReport): void {
    const url = debuggerAddress(inspectorUrl);
    this.#deaf = !opensInspector;
    if (this.#unsettled === 0) this.#users = url;
    else if (this.#inUse) return;
    else if (url !== undefined) void this.#closeLate(url);
    else if (--this.#unsettled === 0) this.release();
  }

  /**
   * Returns where it listens, and opens it if it is closed. From here on Node's lines about debuggers are not passed on,
   * until `release()` was called and the inspector is closed again.
   *
   * @throws if it cannot be opened, or has not printed its address before `signal` aborts
   */
  async open(signal: AbortSignal): Promise<OpenInspector> {
    this.#inUse = true;
    clearTimeout(this.#showing);
    this.#notices.hide();
    if (this.#users !== undefined) return { url: this.#users, ours: false };
    if (!this.#opensInSecret) throw new Error('its arguments do not let it open one in secret');
    if (this.#deaf) throw new Error('it listens to SIGUSR1 itself');
    const announced = new Promise<string>((resolve, reject) => {
      this.#whenAnnounced = resolve;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    announced.catch(() => {});
    this.#unsettled = SETTLED_AFTER;
    debugProcess(this.pid);
    return { url: await announced, ours: true };
  }

  release(): void {
    this.#inUse = false;
    this.#whenAnnounced = undefined;
    if (this.#unsettled > 0) return;
    this.#showing = setTimeout(() => this.#showHeld(), LATE_NOTICES_MS).unref();
  }

  #announced(text: string): void {
    const url = debuggerAddress(text);
    if (url === undefined) return;
    if (this.#unsettled === 0) this.#users = url;
    else if (!this.#inUse) void this.#closeLate(url);
    this.#whenAnnounced?.(url);
    this.#whenAnnounced = undefined;
  }

  async #closeLate(url: string): Promise<void> {
    this.#inUse = true;
    this.#unsettled = SETTLED_AFTER;
    const signal = AbortSignal.timeout(CLOSE_MS);
    const session = await DebuggerSession.open(url, signal).catch(() => undefined);
    if (session) await closeInspector(session);
    this.release();
  }

  /**
   * Filters the stream before all of its readers, now or later: at the place where Node adds what it has read
   * (`readable.push()`).
   */
  #readFirst(stderr: { push(chunk: unknown, encoding?: BufferEncoding): boolean }): void {
    const push = stderr.push.bind(stderr);
    this.#showHeld = () => {
      const held = this.#notices.show();
      if (held.length > 0) push(held);
    };
    stderr.push = (chunk, encoding) => {
      if (!Buffer.isBuffer(chunk)) {
        this.#showHeld();
        return push(chunk, encoding);
      }
      const passed = this.#notices.push(chunk);
      return passed.length === 0 || push(passed);
    };
  }
}

/** Opens the inspector of another process: with SIGUSR1, or its counterpart on Windows. Undocumented, and as old as Node. */
function debugProcess(pid: number): void {
  (process as unknown as { _debugProcess(pid: number): void })._debugProcess(pid);
}
