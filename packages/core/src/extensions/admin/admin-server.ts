/**
 * The admin endpoint: four pages over plain HTTP, and the console, which answers for itself. It runs in the primary, which serves nothing else, so it answers whatever
 * the workers do and whoever else connects: the connections of clients are bounded in number, bytes and time.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { AdminListenError } from '../../errors.js';
import { rejectBadRequest } from './bad-request.js';
import { Connections } from './connections.js';
import type { HostCheck } from './host-check.js';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** By path. */
export type Pages = Readonly<Record<string, () => Page | Promise<Page>>>;

/** Milliseconds for a client to send a request, or the next one. Node checks them every `connectionsCheckingInterval`. */
const TIMEOUTS = {
  headersTimeout: 2_000,
  requestTimeout: 2_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 500,
};
const MAX_HEADER_BYTES = 8_192;

/** What the console is below. */
const CONSOLE = '/console/';

const PLAIN = 'text/plain; charset=utf-8';

export interface AdminServer {
  readonly address: string;
  close(): Promise<void>;
}

/** Answers a request by itself, also its method and its body. Settles when the client has to read, and never rejects. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** @param console for what is below `/console/`. @throws AdminListenError */
export async function openAdminServer(
  { port, host }: { readonly port: number; readonly host: string },
  pages: Pages,
  answersTo: HostCheck,
  console?: Handler,
): Promise<AdminServer> {
  const connections = new Connections();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const answered = connections.asked(request.socket, response);
    const foreign = foreignHost(request, answersTo);
    if (!foreign && console && request.url?.startsWith(CONSOLE)) await console(request, response);
    else {
      const rejection = foreign ?? rejectionFor(request);
      send(rejection ?? (await pageFor(pages, request)), request, response);
    }
    answered();
  };
  const server = createServer({ ...TIMEOUTS, maxHeaderSize: MAX_HEADER_BYTES }, serve)
    // No '100 Continue': the body is not wanted.
    .on('checkContinue', serve)
    .on('connection', (socket: Socket) => connections.add(socket))
    .on('clientError', rejectBadRequest)
    .on('connect', (_request, socket) => rejectBadRequest({ code: 'HPE_INVALID_METHOD' }, socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new AdminListenError(host, port, cause)));
    server.listen(port, host, resolve);
  });
  return {
    address: addressOf(server),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      connections.closeAll();
      await closed;
    },
  };
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

type Answer = Page & { readonly allow?: string };

function send(
  { status, type, body, allow }: Answer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  // The body is not read, so the connection cannot be used again.
  if (hasBody(request)) response.shouldKeepAlive = false;
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(allow && { allow }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function foreignHost({ headersDistinct }: IncomingMessage, answersTo: HostCheck) {
  const { host: [host, ...more] = [] } = headersDistinct;
  if (more.length === 0 && answersTo(host)) return undefined;
  return {
    status: 421,
    type: PLAIN,
    body: 'This is not the host of the admin endpoint. Use its address, or add the name to admin.allowedHosts.\n',
  };
}

/** The answer to a request that is refused, whatever page it asks for. */
function rejectionFor(request: IncomingMessage): Answer | undefined {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, type: PLAIN, body: 'only GET and HEAD\n', allow: 'GET, HEAD' };
  }
  return hasBody(request) ? { status: 413, type: PLAIN, body: 'no body\n' } : undefined;
}

async function pageFor(pages: Pages, { url = '/' }: IncomingMessage): Promise<Answer> {
  const path = url.split('?', 1)[0] ?? '/';
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (!page) return { status: 404, type: PLAIN, body: 'not found\n' };
  try {
    return await page();
  } catch {
    return { status: 500, type: PLAIN, body: 'this page failed\n' };
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
