// The pages that look: their event streams. What is said to all is serialised once. A page that does not read is disconnected.
import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { StreamEvents } from '../protocol.js';
import { headersOf, Refused } from './reply.js';

const MAX_STREAMS = 8;
/** Bytes that a page has not read, beside its `hello`, and milliseconds for which it has not read any. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const MAX_UNREAD_MS = 30_000;

interface Stream {
  readonly response: ServerResponse;
  readonly wantsLogs: boolean;
  /** When it last had read everything. */
  readAt: number;
}

export class Streams {
  readonly #open = new Set<Stream>();

  get size(): number {
    return this.#open.size;
  }

  get wantLogs(): boolean {
    return [...this.#open].some(({ wantsLogs }) => wantsLogs);
  }

  /** Settles when the page is gone. @throws Refused */
  async serve(
    response: ServerResponse,
    hello: StreamEvents['hello'],
    wantsLogs: boolean,
  ): Promise<void> {
    if (this.#open.size >= MAX_STREAMS) {
      throw new Refused(503, `${MAX_STREAMS} pages look already: close one.`, {
        'retry-after': '5',
      });
    }
    const stream: Stream = { response, wantsLogs, readAt: performance.now() };
    response.writeHead(200, headersOf({ type: 'text/event-stream; charset=utf-8' }));
    response.on('error', () => {});
    this.#open.add(stream);
    response.write(text('hello', hello));
    await new Promise<void>((resolve) => response.once('close', resolve));
    this.#open.delete(stream);
  }

  send<Name extends keyof StreamEvents>(name: Name, data: StreamEvents[Name]): void {
    if (this.#open.size === 0) return;
    const line = text(name, data);
    const now = performance.now();
    for (const stream of this.#open) {
      const { response, wantsLogs } = stream;
      if (name === 'log' && !wantsLogs) continue;
      const unread = response.writableLength;
      if (unread === 0) stream.readAt = now;
      if (unread > MAX_UNREAD_BYTES || now - stream.readAt > MAX_UNREAD_MS) response.destroy();
      else response.write(line);
    }
  }

  closeAll(): void {
    for (const { response } of this.#open) response.end();
  }
}

function text(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
