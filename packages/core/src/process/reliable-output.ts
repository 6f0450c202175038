/**
 * What this process prints is never lost: a write is done when it returns, as Node does it for files and terminals. What
 * does not fit into a pipe, Node by itself keeps in memory, and loses it at `process.exit()`. So for pipes:
 *
 * - A write waits for room, blocking, for `timeoutMs` at most. So all of it is in the pipe when the process ends, in
 *   whatever way (an abort and a SIGKILL included), where the reader keeps up.
 * - What found no room in that time is Node's to write, behind the event loop, and kept in memory meanwhile: a reader that
 *   has stopped to read slows nothing. At an exit it gets `EXIT_MS` more; only a kill loses it.
 * - An output that fails costs the lines and nothing else: its reader is gone, or the disk is full, and no exception ends
 *   the process. What it is told later it may take again.
 *
 * Node has no poll(2): to wait is to try again every millisecond. The pipe of stdout is often shared with other processes,
 * so it is never made blocking: that would be for all of them.
 */

import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** Milliseconds that an exit waits for a reader, all writes of it together. */
const EXIT_MS = 5_000;
const RETRY_MS = 1;

/** The reader is gone: a pipe, a socket, a terminal that was closed. */
const GONE = new Set(['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET', 'ENOTCONN']);

export interface ReliableOutputOptions {
  /** Milliseconds that a write waits for room in a pipe. 0: none of the event loop's time is spent on it. */
  readonly timeoutMs: number;
  /** Whether stderr is a pipe that no other process writes to. */
  readonly ownStderr: boolean;
}

type Output = NodeJS.WriteStream & { readonly fd: number; readonly _handle?: PipeHandle | null };
type Done = (error?: Error | null) => void;

/** Node's own, undocumented: how much of a write the kernel has not taken, at this moment. */
interface PipeHandle {
  readonly writeQueueSize?: number;
  setBlocking?(blocking: boolean): number;
}

const steady = new WeakSet<object>();
let installed = false;

/** From here on stdout and stderr are steady. Neither is opened before it is used: that takes a start two milliseconds. */
export function makeOutputReliable(options: ReliableOutputOptions): void {
  if (installed) return;
  installed = true;
  for (const name of ['stdout', 'stderr'] as const) {
    const property = Object.getOwnPropertyDescriptor(process, name);
    const get = property?.get;
    // Somebody has put a stream of their own in its place.
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

/** Whether the error of an output says that nobody reads it any more. */
export function readerIsGone(error: unknown): boolean {
  return GONE.has((error as NodeJS.ErrnoException)?.code ?? '');
}

function make(stream: Output, options: ReliableOutputOptions): void {
  steady.add(stream);
  stream.on('error', () => {});
  if (stream.isTTY || typeof stream.fd !== 'number') return;
  // Node says that it is a socket whatever it is.
  if ((stream as object) instanceof Socket) new ReliablePipe(stream, options);
  else makeFile(stream);
}

/** A write to a file that fails is an error of the stream, and not of whoever prints, as in Node 20. */
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

class ReliablePipe {
  readonly #stream: Output;
  readonly #timeoutMs: number;
  readonly #writeLater: (bytes: Buffer, encoding: BufferEncoding, done: Done) => void;
  /** What Node writes behind the event loop, and whom to tell of it. */
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
      // Where the exit came first, it has done so.
      if (this.#pending !== pending) return;
      this.#pending = undefined;
      done(error);
    });
  }

  /** All that waits, in order: the event loop does not turn any more. What follows is written at once. */
  #exit(last: boolean): void {
    this.#exitBy = performance.now() + EXIT_MS;
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) {
      const left = this.#stream._handle?.writeQueueSize ?? 0;
      const rest = pending.bytes.subarray(pending.bytes.length - left);
      writeNow(this.#stream.fd, rest, this.#exitBy);
      // Has the stream write what it kept behind that.
      pending.done();
    }
    // The words of Node itself come last (an exception that nobody caught), and know no EAGAIN.
    if (last && performance.now() < this.#exitBy) this.#stream._handle?.setBlocking?.(true);
  }
}

/** @returns what found no room until then, and what a pipe does not take that has an error: Node finds that as well. */
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
