// Reads the body of a POST, which is small. How long it may take is up to the server (admin-server.ts).
import type { IncomingMessage } from 'node:http';
import { Refused } from './reply.js';

const MAX_BYTES = 4_096;

/**
 * Only `application/json`: no form of another page can send it, and a script of one would have to ask first.
 *
 * @throws Refused
 */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new Refused(415, 'The body of a call is JSON, with content-type: application/json.');
  }
  const value = parsed(await bodyOf(request));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Refused(400, 'The body of a call is an object, as JSON.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const tooLarge = () => {
      request.pause().removeAllListeners('data');
      reject(new Refused(413, `The body of a call has at most ${MAX_BYTES} bytes.`));
    };
    if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) return tooLarge();
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) tooLarge();
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('close', () => reject(new Refused(400, 'The body of the call broke off.')));
  });
}
