/**
 * Takes the JavaScript stack of a process whose event loop does not turn, from outside, through the inspector.
 *
 * A signal makes Node open the inspector in a thread of its own, which goes on while JavaScript spins, and `Debugger.pause`
 * interrupts the running code. Code inside a native call (a synchronous system call, an addon) is interrupted only when the
 * call returns; a stopped process, only when it goes on.
 *
 * An inspector opened here is closed before the capture ends, or as soon as the worker gets to it.
 */
import { unlessAborted } from '../../../process/deadline.js';
import { printable } from '../../../text/printable.js';
import type { StackFrame } from '../../../worker-status.js';
import { closeInspector, DebuggerSession } from './debugger-session.js';
import { mainThreadRuns } from './process-state.js';
import { innermostFrame, readFrames } from './stack-frames.js';
import type { OpenInspector, WorkerInspector } from './worker-inspector.js';

export type Capture =
  | { readonly kind: 'stack'; readonly frames: readonly StackFrame[] }
  /** The user's debugger holds it at a breakpoint. */
  | { readonly kind: 'held'; readonly frames: readonly StackFrame[] }
  /** `why` is the end of a sentence. */
  | { readonly kind: 'none'; readonly why: string };

/** The share of the time that is reserved for closing the inspector. */
const CLOSING = 0.15;

/** Takes the stack of a worker's process, which runs on afterwards. Never rejects, and takes at most `timeoutMs`. */
export async function captureStack(
  inspector: WorkerInspector,
  timeoutMs: number,
): Promise<Capture> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const pausedBy = AbortSignal.timeout(timeoutMs * (1 - CLOSING));
  let session: DebuggerSession | undefined;
  try {
    const open = await inspector.open(pausedBy);
    session = await DebuggerSession.open(open.url, deadline);
    return await captureBy(session, open, pausedBy, inspector.pid);
  } catch (error) {
    const why =
      deadline.aborted || pausedBy.aborted
        ? `it ran no JavaScript that could be interrupted within ${timeoutMs} ms`
        : `the inspector failed (${printable(String(error), 200)})`;
    return { kind: 'none', why };
  } finally {
    session?.close();
    inspector.release();
  }
}

async function captureBy(
  session: DebuggerSession,
  { ours }: OpenInspector,
  pausedBy: AbortSignal,
  pid: number,
): Promise<Capture> {
  try {
    // If a debugger holds the process, it shows in this turn, before a pause is requested. Nobody else can use an inspector
    // that we opened, whatever it says.
    await unlessAborted(session.send('Debugger.enable'), pausedBy);
    const held = !ours && session.seen('Debugger.paused') !== undefined;
    if (!held) session.tell('Debugger.pause');
    const paused = await unlessAborted(session.event('Debugger.paused'), pausedBy);
    const frames = readFrames(paused, session.scripts);
    if (held) return await heldBy(frames, pid);
    const owner = await ownerOf(session, innermostFrame(paused));
    if (!ours) await resume(session);
    // A child process of the worker may have printed the address of its own inspector to the same stderr.
    if (owner !== undefined && owner !== pid) {
      return { kind: 'none', why: `its inspector is that of process ${owner}` };
    }
    if (frames.length === 0) return { kind: 'none', why: 'its inspector showed no frame' };
    return { kind: 'stack', frames };
  } finally {
    if (ours) await closeInspector(session);
  }
}

/** A process that is held waits. If it runs, the answer that it is held is not believed. */
async function heldBy(frames: readonly StackFrame[], pid: number): Promise<Capture> {
  if (!(await mainThreadRuns(pid))) return { kind: 'held', frames };
  return { kind: 'none', why: 'its debugger says that it is held, and it runs' };
}

async function ownerOf(session: DebuggerSession, callFrameId = ''): Promise<number | undefined> {
  const expression = 'globalThis.process?.pid';
  const answer = await session.send('Debugger.evaluateOnCallFrame', { callFrameId, expression });
  const pid = (answer as { result?: { value?: unknown } | null } | null | undefined)?.result?.value;
  return typeof pid === 'number' ? pid : undefined;
}

/** Waits for more than the answer: if a debugger leaves or arrives before the process runs again, Node loses it for good. */
async function resume(session: DebuggerSession): Promise<void> {
  await Promise.all([session.send('Debugger.resume'), session.event('Debugger.resumed')]);
}
