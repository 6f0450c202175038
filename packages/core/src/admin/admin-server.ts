/**
 * The admin endpoint: four pages to read, over plain HTTP. It belongs to the primary, which serves nothing else, so it
 * answers whatever the workers do.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdminListenError } from '../errors.js';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** By path. */
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>;

/** Bounds for whoever connects: a monitor and a few people. */
const LIMITS = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000 };
const MAX_HEADER_BYTES = 8_192;
const MAX_CONNECTIONS = 64;

const PLAIN = 'text/plain; charset=utf-8';

/** @throws AdminListenError */
export async function openAdminServer(port: number, host: string, pages: Pages): Promise<Server> {
  const server = createServer(
    { ...LIMITS, maxHeaderSize: MAX_HEADER_BYTES },
    (request, response) => {
      void answer(pages, request, response);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new AdminListenError(host, port, cause)));
    server.listen(port, host, resolve);
  });
  return server;
}

export function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function answer(
  pages: Pages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // What comes with a body is of no interest, and how long it is, neither.
  if (hasBody(request)) response.shouldKeepAlive = false;
  const { status, type, body, allow } = await pageFor(pages, request);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(allow && { allow }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function pageFor(
  pages: Pages,
  { method, url = '/' }: IncomingMessage,
): Promise<Page & { allow?: string }> {
  const path = url.split('?', 1)[0] ?? '/';
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (!page) return { status: 404, type: PLAIN, body: 'not found\n' };
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, type: PLAIN, body: 'only GET and HEAD\n', allow: 'GET, HEAD' };
  }
  try {
    return await page();
  } catch {
    return { status: 500, type: PLAIN, body: 'this page failed\n' };
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
