// Ports of loopback for the inspectors of workers, found before they are needed: a fork cannot wait.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export class InspectorPorts {
  readonly #free: number[] = [];

  /** Settles when there are `count` to take. A machine that has none costs stacks of hung workers, and nothing else. */
  async stock(count: number): Promise<void> {
    const missing = Math.max(0, count - this.#free.length);
    const found = await Promise.all(Array.from({ length: missing }, () => freePort()));
    this.#free.push(...found.filter((port) => port !== undefined));
  }

  /** Another one is looked for in its place. */
  take(): number | undefined {
    const stocked = this.#free.length;
    const port = this.#free.shift();
    void this.stock(stocked);
    return port;
  }
}

/** Nothing listens there by now; the worker's inspector will when a signal asks it to. */
async function freePort(): Promise<number | undefined> {
  const server = createServer();
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}
