// A place where requests of several processes wait for each other: a server that answers when enough have asked.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export class Barrier {
  readonly #base: string;

  private constructor(base: string) {
    this.#base = base;
  }

  static async open(): Promise<Barrier> {
    const waiting = new Map<string, ServerResponse[]>();
    const server = createServer((req, res) => {
      const [, name = '', count = ''] = (req.url ?? '').split('/');
      const here = [...(waiting.get(name) ?? []), res];
      waiting.set(name, here);
      if (here.length >= Number(count)) for (const response of here) response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return new Barrier(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  /** Whoever asks it is answered when as many have asked. */
  url(name: string, count = 2): string {
    return `${this.#base}/${name}/${count}`;
  }

  /** Goes there. */
  async meet(name: string, count = 2): Promise<void> {
    await fetch(this.url(name, count));
  }
}
