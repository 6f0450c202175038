/**
 * The inspector of one worker: where it is, if its user has it open, and how the primary opens it for a moment, and
 * closes it again.
 *
 * Opened by a signal it listens on a port that the kernel chooses, under a random id that the worker's stderr alone tells
 * (see ../inspector-flags.ts). The primary reads it there, and passes it on to nobody.
 */

import type { ChildProcess } from 'node:child_process';
import { clearTimeout, setTimeout } from 'node:timers';
import { debuggerAddress } from './debugger-address.js';
import { closeInspector, DebuggerSession } from './debugger-session.js';
import { InspectorNotices } from './inspector-notices.js';

/** Milliseconds to close an inspector that was opened too late. */
const CLOSE_MS = 1_000;
/** Heartbeats: one may have been on its way when the signal was sent. */
const SETTLED_AFTER = 2;
/** Milliseconds for which what Node prints of a debugger that has left may still arrive. */
const LATE_NOTICES_MS = 1_000;

/** `ours`: opened by the primary, so that nobody else can be there. */
export interface OpenInspector {
  readonly url: string;
  readonly ours: boolean;
}

/** What a worker tells of it (see ../../worker/health/inspector.ts). */
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
  /** Where its user has it open. */
  #users: string | undefined;
  /**
   * How many heartbeats have to say that it is closed until one that opens is its user's again. Above 0 from a signal on,
   * which may open it twice: while JavaScript runs, and once more when the event loop turns.
   */
  #unsettled = 0;
  #whenAnnounced: ((url: string) => void) | undefined;
  #inUse = false;
  #showing: NodeJS.Timeout | undefined;

  /**
   * To be made in the turn of the fork, before anything of its stderr was read.
   *
   * @param opensInSecret whether a signal opens it, and its stderr alone tells where
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
   * Where it is, opened where it was not. From here on what Node prints of debuggers is not passed on, until `release()`
   * was called and what was opened is closed.
   *
   * @throws where it cannot be opened, or has not said where it is before `signal` aborts
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
   * Puts the notices in front of all who read the stream, now or later: where Node puts in what it has read
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

/** Opens the inspector of another process: SIGUSR1, and on Windows what stands for it. Not documented; since Node 0.x. */
function debugProcess(pid: number): void {
  (process as unknown as { _debugProcess(pid: number): void })._debugProcess(pid);
}
