/**
 * What a process does whose event loop does not turn: its JavaScript stack, taken from outside through the inspector.
 *
 * A signal makes Node open the inspector in a thread of its own, which goes on while JavaScript spins, and
 * `Debugger.pause` interrupts what runs. Code that waits inside a native call (a synchronous system call, Atomics.wait)
 * is interrupted only when it comes back; a process that is stopped never is.
 */
import { get } from 'node:http';
import type { RawData, WebSocket } from 'ws';

export interface StackFrame {
  /** Empty for an anonymous function. */
  readonly name: string;
  /** A path, or what else V8 calls the script (`node:internal/…`). */
  readonly file: string;
  /** From 1, as in a stack trace. */
  readonly line: number;
  readonly column: number;
}

export type Capture =
  | { readonly kind: 'stack'; readonly frames: readonly StackFrame[] }
  /** A debugger holds it at a breakpoint: somebody is looking at it. */
  | { readonly kind: 'held'; readonly frames: readonly StackFrame[] }
  /** `why` is the end of a sentence. */
  | { readonly kind: 'none'; readonly why: string };

/** Milliseconds between two looks whether the inspector is there. */
const POLL_MS = 20;

/**
 * The stack of the process `pid`, whose inspector listens, or will on a signal, on `port` of loopback. It runs on
 * afterwards. Never rejects, and takes at most `timeoutMs`.
 */
export async function captureStack(pid: number, port: number, timeoutMs: number): Promise<Capture> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    debugProcess(pid);
  } catch (error) {
    return { kind: 'none', why: `it could not be signalled (${String(error)})` };
  }
  try {
    const url = await debuggerUrl(port, deadline);
    return await pausedStack(url, pid, deadline);
  } catch (error) {
    if (!deadline.aborted) return { kind: 'none', why: `the inspector failed (${String(error)})` };
    const why = `it ran no JavaScript that could be interrupted within ${timeoutMs} ms`;
    return { kind: 'none', why };
  }
}

/** Opens the inspector of another process: SIGUSR1, and on Windows what stands for it. Not documented; since Node 0.x. */
function debugProcess(pid: number): void {
  (process as unknown as { _debugProcess(pid: number): void })._debugProcess(pid);
}

/** Asks until somebody answers. @throws when the deadline is over */
async function debuggerUrl(port: number, deadline: AbortSignal): Promise<string> {
  for (;;) {
    deadline.throwIfAborted();
    const targets = await targetsAt(port, deadline).catch(() => []);
    const url = targets[0]?.webSocketDebuggerUrl;
    if (url) return url;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** https://nodejs.org/api/debugger.html, "V8 inspector integration". */
function targetsAt(
  port: number,
  signal: AbortSignal,
): Promise<{ webSocketDebuggerUrl?: string }[]> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/json/list', signal }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('error', reject);
      response.once('end', () => {
        try {
          resolve(JSON.parse(text));
        } catch (error) {
          reject(error);
        }
      });
    });
    request.once('error', reject);
  });
}

interface Paused {
  callFrames: {
    callFrameId: string;
    functionName: string;
    location: { scriptId: string; lineNumber: number; columnNumber?: number };
  }[];
}

async function pausedStack(url: string, pid: number, deadline: AbortSignal): Promise<Capture> {
  // Loaded now, when it is needed: a primary is to be small.
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(url);
  try {
    const session = new Session(socket, deadline);
    await session.opened;
    // A debugger that holds it makes itself known in this turn, before anything is asked to pause.
    await session.send('Debugger.enable');
    const held = session.paused;
    if (!held) await Promise.all([session.send('Debugger.pause'), session.whenPaused]);
    const { callFrames } = session.paused as Paused;
    const frames = callFrames.map((frame) => frameOf(frame, session.scripts));
    if (held) return { kind: 'held', frames };
    const owner = await session.send('Debugger.evaluateOnCallFrame', {
      callFrameId: callFrames[0]?.callFrameId,
      expression: 'process.pid',
    });
    await Promise.all([session.send('Debugger.resume'), session.whenResumed]);
    const answer = (owner as { result?: { value?: unknown } }).result?.value;
    // Somebody else may have taken the port since it was chosen.
    if (typeof answer === 'number' && answer !== pid) {
      return { kind: 'none', why: `its inspector port ${url} is that of process ${answer}` };
    }
    return { kind: 'stack', frames };
  } finally {
    socket.terminate();
  }
}

function frameOf(
  { functionName, location }: Paused['callFrames'][number],
  scripts: ReadonlyMap<string, string>,
): StackFrame {
  const url = scripts.get(location.scriptId) ?? '';
  return {
    name: functionName,
    file: url.startsWith('file://') ? decodeURI(url.slice('file://'.length)) : url,
    line: location.lineNumber + 1,
    column: (location.columnNumber ?? 0) + 1,
  };
}

/** The few commands of the Chrome DevTools Protocol that are needed, over one WebSocket. */
class Session {
  readonly opened: Promise<void>;
  readonly whenPaused: Promise<void>;
  /** Not at the answer to 'Debugger.resume': who leaves, or comes, before it runs again can be lost by Node for good. */
  readonly whenResumed: Promise<void>;
  /** The URL of each script by its id; told at 'Debugger.enable', before that is answered. */
  readonly scripts = new Map<string, string>();
  paused: Paused | undefined;
  readonly #socket: WebSocket;
  readonly #failed: Promise<never>;
  readonly #events = new Map<string, () => void>();
  readonly #answers = new Map<number, (result: unknown) => void>();
  #lastId = 0;

  constructor(socket: WebSocket, deadline: AbortSignal) {
    this.#socket = socket;
    this.#failed = new Promise((_resolve, reject) => {
      socket.on('error', reject);
      socket.once('close', () => reject(new Error('it closed the connection')));
      deadline.addEventListener('abort', () => reject(deadline.reason), { once: true });
    });
    this.#failed.catch(() => {});
    this.opened = this.#orFailed(new Promise((resolve) => socket.once('open', () => resolve())));
    this.whenPaused = this.#event('Debugger.paused');
    this.whenResumed = this.#event('Debugger.resumed');
    socket.on('message', (data) => this.#receive(data));
  }

  send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const answered = new Promise((resolve) => this.#answers.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    return this.#orFailed(answered);
  }

  #event(method: string): Promise<void> {
    const told = new Promise<void>((resolve) => this.#events.set(method, resolve));
    const orFailed = this.#orFailed(told);
    orFailed.catch(() => {});
    return orFailed;
  }

  #receive(data: RawData): void {
    const message = JSON.parse(String(data)) as Record<string, unknown>;
    if (message.method === 'Debugger.scriptParsed') {
      const { scriptId, url } = message.params as { scriptId: string; url: string };
      this.scripts.set(scriptId, url);
    }
    if (message.method === 'Debugger.paused') this.paused = message.params as Paused;
    this.#events.get(message.method as string)?.();
    this.#answers.get(message.id as number)?.(message.result ?? {});
    this.#answers.delete(message.id as number);
  }

  #orFailed<Value>(wanted: Promise<Value>): Promise<Value> {
    return Promise.race([wanted, this.#failed]);
  }
}
