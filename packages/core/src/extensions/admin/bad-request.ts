// How the admin endpoint answers bytes that are not a request, before it closes the connection.
import type { Duplex } from 'node:stream';

const REASONS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_INVALID_METHOD: '405 Method Not Allowed\r\nAllow: GET, HEAD',
};

/** For `clientError` of a server. A client that has sent nothing, or is receiving a response, would not read this answer. */
export function rejectBadRequest(error: { code?: string }, socket: Duplex): void {
  const { bytesWritten = 0 } = socket as { bytesWritten?: number };
  if (!socket.writable || bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const reason = REASONS[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.once('finish', () => socket.destroy());
}
