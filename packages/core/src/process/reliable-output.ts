/**
 * Makes sure that nothing this process prints is lost: a write is complete when it returns, as Node's writes to files and
 * terminals are. Node itself keeps in memory what does not fit into a pipe, and loses it at `process.exit()`. So for pipes:
 *
 * - A write blocks until there is room, for at most `timeoutMs`. So if the reader keeps up, everything is in the pipe when
 *   the process ends, in whatever way (an abort and a SIGKILL included).
 * - Node writes the rest later, in the event loop, and keeps it in memory meanwhile: a reader that has stopped reading
 *   slows nothing down. At an exit it gets `EXIT_MS` more; only a kill loses data then.
 * - If an output fails, because its reader is gone or the disk is full, only the lines are lost: no exception ends the
 *   process. It may accept later writes again.
 *
 * Node has no poll(2), so waiting means to try again every millisecond. The pipe of stdout is never made blocking, because
 * other processes often share it, and it would be for all of them.
 */

import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** Milliseconds that an exit waits for a reader, over all of its writes. */
const EXIT_MS = 5_000;
const RETRY_MS = 1;

/** The reader is gone: a pipe, a socket, a terminal that was closed. */
const GONE = new Set(['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET', 'ENOTCONN']);

export interface ReliableOutputOptions {
  /** Milliseconds that a write waits for room in a pipe. 0: a write never blocks the event loop. */
  readonly timeoutMs: number;
  /** Whether stderr is a pipe that no other process writes to. */
  readonly ownStderr: boolean;
}

type Output = NodeJS.WriteStream & { readonly fd: number; readonly _handle?: OutputHandle | null };
type Done = (error?: Error | null) => void;

/** Node's own, undocumented. */
interface OutputHandle {
  /** A terminal is opened anew, so that it can be made non-blocking for this process alone. */
  readonly fd?: number;
  /** How many bytes of a write the kernel has not taken yet. */
  readonly writeQueueSize?: number;
  setBlocking?(blocking: boolean): number;
}

const steady = new WeakSet<object>();
let installed = false;

/**
 * From here on stdout and stderr are reliable. Neither is opened before it is used, because that takes two milliseconds of
 * a start.
 */
export function makeOutputReliable(options: ReliableOutputOptions): void {
  if (installed) return;
  installed = true;
  for (const name of ['stdout', 'stderr'] as const) {
    const property = Object.getOwnPropertyDescriptor(process, name);
    const get = property?.get;
    // Somebody has replaced the stream.
    if (!get || !property.configurable) continue;
    Object.defineProperty(process, name, {
      ...property,
      get() {
        const stream = get.call(process) as Output;
        if (!steady.has(stream)) make(stream, options);
        return stream;
      },
    });
  }
}

/** Whether the error says that nobody reads the output any more. */
export function readerIsGone(error: unknown): boolean {
  return GONE.has((error as NodeJS.ErrnoException)?.code ?? '');
}

function make(stream: Output, options: ReliableOutputOptions): void {
  steady.add(stream);
  stream.on('error', () => {});
  if (typeof stream.fd !== 'number') return;
  if (stream.isTTY) {
    if (options.timeoutMs === 0) makeTerminal(stream);
    return;
  }
  // Node makes it a Socket, whatever kind of pipe it is.
  if ((stream as object) instanceof Socket) new ReliablePipe(stream, options);
  else makeFile(stream);
}

/** A failed write to a file is an error of the stream, and does not throw where the app prints, as in Node 20. */
function makeFile(stream: Output): void {
  const write = stream._write.bind(stream);
  stream._write = (chunk, encoding, done) => {
    const rest = writeNow(stream.fd, bytesOf(chunk, encoding), Number.POSITIVE_INFINITY);
    try {
      if (rest.length > 0) write(rest, encoding, done);
      else done();
    } catch (error) {
      done(error as Error);
    }
  };
}

/**
 * A terminal that stands still (Ctrl-S) must not stop a process that may not block, so writes that it does not take wait in
 * memory, as those to a pipe. At an exit they are written, however long the terminal takes.
 */
function makeTerminal(stream: Output): void {
  const handle = stream._handle;
  // If it was not opened anew, the shell has the same one.
  if (!handle?.setBlocking || handle.fd === undefined || handle.fd === stream.fd) return;
  handle.setBlocking(false);
  let pending: Buffer = Buffer.alloc(0);
  const write = stream._write.bind(stream);
  const later = (bytes: Buffer, done: Done) => {
    pending = bytes;
    write(bytes, 'buffer' as BufferEncoding, (error) => {
      pending = Buffer.alloc(0);
      done(error);
    });
  };
  stream._write = (chunk, encoding, done) => later(bytesOf(chunk, encoding), done);
  stream._writev = (chunks, done) =>
    later(Buffer.concat(chunks.map(({ chunk, encoding }) => bytesOf(chunk, encoding))), done);
  process.on('exit', () => {
    const left = handle.writeQueueSize ?? 0;
    writeNow(stream.fd, pending.subarray(pending.length - left), Number.POSITIVE_INFINITY);
    handle.setBlocking?.(true);
  });
}

class ReliablePipe {
  readonly #stream: Output;
  readonly #timeoutMs: number;
  readonly #writeLater: (bytes: Buffer, encoding: BufferEncoding, done: Done) => void;
  /** The bytes that Node writes later, and the callback of their write. */
  #pending: { bytes: Buffer; done: Done } | undefined;
  /** On the clock of `performance.now()`, once the process exits. */
  #exitBy: number | undefined;

  constructor(stream: Output, { timeoutMs, ownStderr }: ReliableOutputOptions) {
    this.#stream = stream;
    this.#timeoutMs = timeoutMs;
    this.#writeLater = stream._write.bind(stream);
    stream._write = (chunk, encoding, done) => this.#write(bytesOf(chunk, encoding), done);
    stream._writev = (chunks, done) =>
      this.#write(
        Buffer.concat(chunks.map(({ chunk, encoding }) => bytesOf(chunk, encoding))),
        done,
      );
    process.on('exit', () => this.#exit(ownStderr && stream.fd === 2));
  }

  #write(bytes: Buffer, done: Done): void {
    const until = this.#exitBy ?? performance.now() + this.#timeoutMs;
    const rest = writeNow(this.#stream.fd, bytes, until);
    if (rest.length === 0 || this.#exitBy !== undefined) {
      done();
      return;
    }
    const pending = { bytes: rest, done };
    this.#pending = pending;
    this.#writeLater(rest, 'buffer' as BufferEncoding, (error) => {
      // If the exit came first, it has called `done` already.
      if (this.#pending !== pending) return;
      this.#pending = undefined;
      done(error);
    });
  }

  /** Writes everything that waits, in order, because the event loop does not turn any more. Later writes happen at once. */
  #exit(last: boolean): void {
    this.#exitBy = performance.now() + EXIT_MS;
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) {
      const left = this.#stream._handle?.writeQueueSize ?? 0;
      const rest = pending.bytes.subarray(pending.bytes.length - left);
      writeNow(this.#stream.fd, rest, this.#exitBy);
      // Makes the stream write what it kept behind that.
      pending.done();
    }
    // Node's own output (an uncaught exception) comes last, and does not handle EAGAIN.
    if (last && performance.now() < this.#exitBy) this.#stream._handle?.setBlocking?.(true);
  }
}

/**
 * @returns the bytes for which there was no room in time, or which a broken pipe did not take: Node runs into that error as
 * well
 */
function writeNow(fd: number, bytes: Buffer, until: number): Buffer {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const left = until - performance.now();
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || left <= 0) return rest;
      sleep(Math.min(RETRY_MS, left));
    }
  }
  return rest;
}

const never = new Int32Array(new SharedArrayBuffer(4));

function sleep(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}

function bytesOf(chunk: string | Uint8Array, encoding: BufferEncoding): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding);
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
