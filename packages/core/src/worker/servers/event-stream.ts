// Responses that have no natural end: event streams, and pictures that replace each other.
import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';

const ENDLESS = /^(?:text\/event-stream|multipart\/x-mixed-replace)/i;

export function isEventStream(response: ServerResponse | ServerHttp2Stream): boolean {
  return ENDLESS.test(contentType(response));
}

/**
 * The content type that was sent. `_header` is the head of HTTP/1 as text, as old as Node; `getHeader()` does not know what
 * `writeHead()` was given.
 */
function contentType(response: ServerResponse | ServerHttp2Stream): string {
  if ('sentHeaders' in response) return String(response.sentHeaders?.['content-type'] ?? '');
  const { _header } = response as { _header?: string | null };
  return /^content-type: *(.*)$/im.exec(_header ?? '')?.[1] ?? '';
}

/** The app may write once more before it notices the end. */
export function endStream(response: ServerResponse | ServerHttp2Stream): void {
  response.on('error', () => {});
  response.end();
}
