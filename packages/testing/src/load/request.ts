// One request, and how it ended. It never rejects.
import * as http from 'node:http';
import * as https from 'node:https';
import { setTimer } from '@muster/codec/timers';

export interface Ask {
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly ca?: string;
}

interface Outcome {
  /** Of an answer that came whole. */
  readonly status?: number;
  readonly error?: string;
  readonly reused: boolean;
}

export function createAgent({ protocol }: URL, keepAlive: boolean): http.Agent {
  const { Agent } = protocol === 'https:' ? https : http;
  // With a bound on its sockets, an agent asks the server to keep those that it will not use again.
  return new Agent({ keepAlive });
}

export function send(url: URL, { timeoutMs, ...options }: Ask): Promise<Outcome> {
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve) => {
    const asked = request(url, options);
    const settle = (outcome: Omit<Outcome, 'reused'>) => {
      timer.clear();
      resolve({ ...outcome, reused: asked.reusedSocket });
    };
    const fail = (error: NodeJS.ErrnoException) => settle({ error: error.code ?? error.message });
    const late = () => asked.destroy(Object.assign(new Error(), { code: 'TIMEOUT' }));
    // Of the whole answer: a socket's own timeout begins anew with each byte.
    const timer = setTimer(late, timeoutMs);
    asked.on('error', fail);
    asked.once('response', (response) => {
      const { statusCode = 0 } = response;
      response.on('error', fail);
      response.resume().once('end', () => settle({ status: statusCode }));
    });
    asked.end();
  });
}
