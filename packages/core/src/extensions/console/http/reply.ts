// What the console answers, and how it is written.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MusterError } from '@muster/codec/errors';
import { ClusterStoppedError, ConsoleError, InvalidOptionError } from '../../../errors.js';

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** For whatever is answered below `/console/`. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

export function json(status: number, value: unknown, headers: Reply['headers'] = {}): Reply {
  const type = 'application/json; charset=utf-8';
  return { status, type, body: JSON.stringify(value), headers };
}

/** A refusal of the console's own, with its status. */
export class Refused extends ConsoleError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export function errorReply(error: unknown): Reply {
  const code = error instanceof MusterError ? error.code : 'MUSTER_CONSOLE';
  // What is not Muster's own may say anything.
  const message = error instanceof MusterError ? error.message : 'The call failed.';
  const headers = error instanceof Refused ? error.headers : {};
  return json(statusOf(error), { error: { code, message } }, headers);
}

function statusOf(error: unknown): number {
  if (error instanceof Refused) return error.status;
  if (error instanceof InvalidOptionError) return 400;
  if (error instanceof ClusterStoppedError) return 503;
  return error instanceof MusterError ? 409 : 500;
}

export function headersOf({ type, headers }: Pick<Reply, 'type' | 'headers'>) {
  return { ...HEADERS, 'content-type': type, 'cache-control': 'no-store', ...headers };
}

export function send(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  // What has not been read of a body would be taken for the next request.
  if (!request.complete) response.shouldKeepAlive = false;
  const length = { 'content-length': String(Buffer.byteLength(reply.body)) };
  response.writeHead(reply.status, {
    ...headersOf(reply),
    ...(reply.status === 304 ? {} : length),
  });
  response.end(request.method === 'HEAD' || reply.status === 304 ? undefined : reply.body);
}
