/**
 * Bounds the bytes of a worker's IPC channel, which nobody else counts: Node keeps an incomplete message until its end
 * arrives, and everything that the other side has not read. A message that cannot be parsed would throw where nobody
 * catches it.
 */
import type { ChildProcess } from 'node:child_process';

/** Bytes of one message. */
const MAX_MESSAGE_BYTES = 64 * 1_048_576;
/** Unread bytes to a worker after which its further requests expel it. */
const MAX_UNREAD_BYTES = 64 * 1_048_576;
/** Messages that wait until the worker has acknowledged the handle before them. */
const MAX_UNREAD = 20_000;

const NEWLINE = 0x0a;

/** Node's own handle. If a version of Node keeps it elsewhere, nothing is counted. */
interface Handle {
  onread?: (this: unknown, chunk: ArrayBuffer | undefined, ...rest: unknown[]) => unknown;
  readonly writeQueueSize?: number;
}

export interface IpcLimits {
  /** Whether the amount of data that the worker has not read is within limits. */
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
