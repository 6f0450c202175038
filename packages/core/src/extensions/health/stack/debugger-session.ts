/**
 * The few commands of the Chrome DevTools Protocol that Muster needs, over one WebSocket.
 *
 * The other side may be anything: its answers may be late, wrong, long or endless. So each message, and all of them
 * together, are bounded in bytes; messages that are not understood are skipped; and nothing in them is thrown. Any failure
 * ends the session, and rejects the calls that wait for an answer.
 */
import type { RawData, WebSocket } from 'ws';

/** Bytes of one message. The message about a script includes its source map, which may have some megabytes. */
const MAX_MESSAGE_BYTES = 16 * 1_048_576;
/** Bytes of all messages: those of an app of many modules. */
const MAX_BYTES = 64 * 1_048_576;
/** Bytes of a message that is parsed: a stack of more than a thousand frames. */
const MAX_PARSED_BYTES = 2 * 1_048_576;
/** Scripts, and characters of all their names, that are remembered. */
const MAX_SCRIPTS = 20_000;
const MAX_SCRIPT_CHARACTERS = 4 * 1_048_576;

/** As V8 writes it. These messages are not parsed, because there are thousands of them, and only two fields are needed. */
const SCRIPT =
  /^\{"method":"Debugger\.scriptParsed","params":\{"scriptId":"(\d{1,10})","url":"((?:[^"\\]|\\.){1,1024})"/;
const SCRIPT_HEAD_BYTES = 2_048;

/** Closes the inspector. The next one listens again on a port that the kernel chooses. */
const CLOSE =
  "globalThis.process.getBuiltinModule('node:inspector').close(); globalThis.process.debugPort = 0";

type Waiting = (value: unknown) => void;

export class DebuggerSession {
  /** The name of each script by its id. They arrive after 'Debugger.enable', before its answer. */
  readonly scripts = new Map<string, string>();
  readonly #socket: WebSocket;
  readonly #signal: AbortSignal;
  readonly #failed: Promise<never>;
  readonly #events = new Map<string, unknown>();
  readonly #awaited = new Map<string, Waiting>();
  readonly #answers = new Map<number, Waiting>();
  #bytes = 0;
  #scriptCharacters = 0;
  #lastId = 0;

  /** Settles when the session is open. @throws if it does not open before `signal` aborts */
  static async open(url: string, signal: AbortSignal): Promise<DebuggerSession> {
    // Loaded only when needed, to keep the primary small.
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(url, {
      // Not through a proxy that the environment names.
      agent: false as unknown as undefined,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
    });
    const session = new DebuggerSession(socket, signal);
    try {
      await session.#orFailed(new Promise<void>((resolve) => socket.once('open', resolve)));
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  private constructor(socket: WebSocket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    this.#failed = new Promise((_resolve, reject) => {
      socket.on('error', reject);
      socket.once('close', () => reject(new Error('it closed the connection')));
      const abort = () => reject(signal.reason);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
    this.#failed.catch(() => {});
    socket.on('message', (data) => this.#receive(data));
  }

  /** The result; `undefined` if there was none. @throws if it does not arrive before the signal aborts */
  send(method: string, params: object = {}): Promise<unknown> {
    const answered = new Promise((resolve) => this.#answers.set(this.#lastId + 1, resolve));
    this.tell(method, params);
    return this.#orFailed(answered);
  }

  /** Without an answer. */
  tell(method: string, params: object = {}): void {
    this.#socket.send(JSON.stringify({ id: ++this.#lastId, method, params }), () => {});
  }

  /** The parameters of an event that has already arrived. */
  seen(event: string): unknown {
    return this.#events.get(event);
  }

  /** The parameters of an event, once it has arrived. @throws if it does not before the signal aborts */
  event(event: string): Promise<unknown> {
    if (this.#events.has(event)) return Promise.resolve(this.#events.get(event));
    return this.#orFailed(new Promise((resolve) => this.#awaited.set(event, resolve)));
  }

  /** Settles when the other side has closed the connection, or the signal aborts. Never rejects. */
  async closed(): Promise<void> {
    await this.#failed.catch(() => {});
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData): void {
    if (!Buffer.isBuffer(data)) return;
    this.#bytes += data.length;
    const script = SCRIPT.exec(data.toString('utf8', 0, SCRIPT_HEAD_BYTES));
    if (this.#bytes > MAX_BYTES || this.#signal.aborted) this.close();
    else if (script) this.#keepScript(script[1] ?? '', script[2] ?? '');
    else if (data.length <= MAX_PARSED_BYTES) this.#hear(data);
  }

  #hear(data: Buffer): void {
    const { id, method, params, result } = parsed(data);
    if (typeof id === 'number') {
      this.#answers.get(id)?.(result);
      this.#answers.delete(id);
    } else if (method === 'Debugger.paused' || method === 'Debugger.resumed') {
      this.#events.set(method, params);
      this.#awaited.get(method)?.(params);
      this.#awaited.delete(method);
    }
  }

  #keepScript(id: string, json: string): void {
    this.#scriptCharacters += json.length;
    if (this.scripts.size >= MAX_SCRIPTS) return;
    if (this.#scriptCharacters > MAX_SCRIPT_CHARACTERS) return;
    const { url } = parsed(Buffer.from(`{"url":"${json}"}`));
    if (typeof url === 'string') this.scripts.set(id, url);
  }

  #orFailed<Value>(wanted: Promise<Value>): Promise<Value> {
    return Promise.race([wanted, this.#failed]);
  }
}

/** The fields of a JSON object; empty for anything else. */
function parsed(data: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/**
 * Closes the inspector of the session, and the session. The process does it between two instructions of the code that it
 * runs, whether its event loop turns or not, and that code goes on. Never rejects, and waits no longer than the session's
 * signal.
 */
export async function closeInspector(session: DebuggerSession): Promise<void> {
  // With breaks disabled: a pending pause would otherwise happen in this expression.
  session.tell('Runtime.evaluate', { expression: CLOSE, disableBreaks: true });
  await session.closed();
  session.close();
}
