// A page as a test plays it: requests with any head, and the events of a stream.
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { vi } from 'vitest';
import type { StreamEvents } from '../../dist/extensions/console/protocol.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends the path as it is. */
export function ask(address: string, path: string, asked: Asked = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = asked;
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const options = { host: hostname, port, path, method, headers: { ...headers }, agent: false };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** What a server answers to these bytes until it closes the connection. */
export function sendBytes(address: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(new URL(address).port), '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(text));
  });
}

type Event = {
  [Name in keyof StreamEvents]: readonly [Name, StreamEvents[Name]];
}[keyof StreamEvents];

/** The events of a stream as they come. */
export class Looking {
  readonly events: Event[] = [];
  readonly #response: IncomingMessage;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    let rest = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? [];
        this.events.push([name, JSON.parse(data ?? 'null')] as unknown as Event);
      }
    });
    response.on('error', () => {});
  }

  /** Rejects with the status where it is not 200. */
  static open(
    address: string,
    headers: Readonly<Record<string, string>>,
    query = '',
  ): Promise<Looking> {
    return new Promise((resolve, reject) => {
      const sent = request(
        `${address}/console/api/stream${query}`,
        { headers, agent: false },
        (response) => {
          if (response.statusCode === 200) return resolve(new Looking(response));
          response.resume();
          reject(new Error(`status ${response.statusCode}`));
        },
      );
      sent.once('error', reject);
      sent.end();
    });
  }

  all<Name extends keyof StreamEvents>(name: Name): StreamEvents[Name][] {
    return this.events.flatMap(([of, data]) => (of === name ? [data as StreamEvents[Name]] : []));
  }

  /** The first event of the console of that type, of those that came. */
  async event(type: string): Promise<StreamEvents['event']> {
    return vi.waitFor(() => {
      const found = this.all('event').find((event) => event.type === type);
      if (!found) throw new Error(`no ${type} among ${this.all('event').map((one) => one.type)}`);
      return found;
    });
  }

  close(): void {
    this.#response.destroy();
  }
}
