// One end of a byte channel: a socket to one other process, and the packets in it.

import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import { PREAMBLE } from '../wire/bytes/layout.js';
import { ByteParser, type Fault, type TextForm } from '../wire/bytes/parser.js';
import { bytesOfPackets } from '../wire/bytes/writer.js';
import type { Frame } from '../wire/frame.js';

export interface ByteReceiver {
  /** Packets, in the flat form in which a frame has them. */
  packets(parts: readonly unknown[]): void;
  /** The bytes that came make no sense: nothing more is read. */
  malformed(why: Fault): void;
  /** All that the other side wrote was read, or this end is destroyed. Called once. */
  closed(): void;
}

export interface ByteTransport {
  /** As `Transport.send`. */
  send(frame: Frame, sent: () => void): void;
  /** To be called with what was read, where the socket gives it to somebody else. */
  read(chunk: Buffer): void;
  /** Says that nothing more will be written. */
  end(): void;
  destroy(): void;
}

/** Writes and its callback are Node's; the rest of the socket is this transport's from now on. It keeps no process alive. */
export function openByteTransport(
  socket: Socket,
  form: TextForm,
  receiver: ByteReceiver,
): ByteTransport {
  const parser = new ByteParser(form);
  let wasGreeted = false;
  surviveWrites(socket);
  // An error of a socket closes it.
  socket.on('error', () => {});
  socket.once('close', () => receiver.closed());
  socket.unref();
  return {
    send(frame, sent) {
      if (!socket.writable) {
        setImmediate(sent);
        return;
      }
      const chunks = [...(wasGreeted ? [] : [PREAMBLE]), ...bytesOfPackets(frame.p)];
      wasGreeted = true;
      const last = chunks.pop();
      if (last === undefined) {
        setImmediate(sent);
        return;
      }
      if (chunks.length > 0) socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      socket.write(last, sent);
      if (chunks.length > 0) socket.uncork();
    },
    read(chunk) {
      const parts: unknown[] = [];
      const refusal = parser.read(chunk, parts);
      if (parts.length > 0) receiver.packets(parts);
      if (refusal !== undefined) receiver.malformed(refusal);
    },
    end: () => socket.end(),
    destroy: () => socket.destroy(),
  };
}

/**
 * A write that fails is no reason to stop reading: the other side may have said something before it went. Node destroys a
 * socket with the first one.
 */
function surviveWrites(socket: Socket): void {
  const { _write: write, _writev: writev } = socket;
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, () => done());
  if (!writev) return;
  socket._writev = (chunks, done) => writev.call(socket, chunks, () => done());
}
