/**
 * The bytes of a worker's IPC channel, as far as nobody else counts them: Node keeps what has come of a message until its
 * end does, and whatever was not read by the other side; and a message that cannot be parsed is thrown where nobody
 * catches it.
 */
import type { ChildProcess } from 'node:child_process';

/** Bytes of one message. */
const MAX_MESSAGE_BYTES = 64 * 1_048_576;
/** Bytes that may wait to be read by a worker that goes on to ask. */
const MAX_UNREAD_BYTES = 64 * 1_048_576;
/** Messages that wait until it has acknowledged the handle before them. */
const MAX_UNREAD = 20_000;

const NEWLINE = 0x0a;

/** Of Node's own; where a version of it keeps that elsewhere, nothing is counted. */
interface Handle {
  onread?: (this: unknown, chunk: ArrayBuffer | undefined, ...rest: unknown[]) => unknown;
  readonly writeQueueSize?: number;
}

export interface IpcLimits {
  /** Whether little enough waits to be read by the worker. */
  isRead(): boolean;
}

export function limitIpc(child: ChildProcess, expel: (why: string) => void): IpcLimits {
  const key = Object.getOwnPropertySymbols(child).find(
    ({ description }) => description === 'kChannelHandle',
  );
  const handle = key && (child as unknown as Record<symbol, Handle | null>)[key];
  if (handle) boundMessages(handle, expel);
  return {
    isRead() {
      const { _handleQueue: waiting } = child as { _handleQueue?: unknown[] | null };
      return (
        (handle?.writeQueueSize ?? 0) <= MAX_UNREAD_BYTES && (waiting?.length ?? 0) <= MAX_UNREAD
      );
    },
  };
}

function boundMessages(handle: Handle, expel: (why: string) => void): void {
  const read = handle.onread;
  if (typeof read !== 'function') return;
  let bytes = 0;
  handle.onread = function (chunk, ...rest) {
    if (chunk) {
      const newline = new Uint8Array(chunk).lastIndexOf(NEWLINE);
      bytes = newline === -1 ? bytes + chunk.byteLength : chunk.byteLength - newline - 1;
      if (bytes > MAX_MESSAGE_BYTES) {
        expel(`it sent a message of more than ${MAX_MESSAGE_BYTES / 1_048_576} MB`);
        return undefined;
      }
    }
    try {
      return read.call(this, chunk, ...rest);
    } catch {
      expel('what it sent cannot be read');
      return undefined;
    }
  };
}
