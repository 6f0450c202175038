// Stands between a store and Redis, and can break what passes through.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class RedisProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What each client began with. */
  readonly #greetings = new Map<Socket, string>();
  /** Answers are dropped from the first request on that matches. */
  #trigger: RegExp | undefined;
  #drops = false;
  /** Connections, ever. */
  accepted = 0;
  /** New connections are accepted and hear nothing, also when this is over. */
  isMute = false;
  /** So much later everything arrives, on both ways. In milliseconds; of connections that are opened from now on. */
  delayMs = 0;

  private constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#server = createServer((client) => {
      this.accepted++;
      if (this.isMute) {
        client.resume();
        this.#tie(client);
        return;
      }
      const upstream = connect(Number(port), hostname);
      client.once('data', (data) => this.#greetings.set(client, data.toString('latin1')));
      const { delayMs } = this;
      const pass = (to: Socket, data: Buffer) => {
        if (delayMs > 0) setTimeout(() => to.write(data), delayMs);
        else to.write(data);
      };
      client.on('data', (data) => {
        this.#drops ||= this.#trigger?.test(data.toString('latin1')) ?? false;
        pass(upstream, data);
      });
      upstream.on('data', (data) => {
        if (!this.#drops) pass(client, data);
      });
      this.#tie(client, upstream);
      this.#tie(upstream, client);
    });
  }

  static async start(url: string): Promise<RedisProxy> {
    const proxy = new RedisProxy(url);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  dropRepliesFrom(request: RegExp): void {
    this.#trigger = request;
  }

  get drops(): boolean {
    return this.#drops;
  }

  passRepliesAgain(): void {
    this.#trigger = undefined;
    this.#drops = false;
  }

  /** Breaks the connections that there are; new ones are let in. @param begun of those only that began with this. */
  cut(begun?: RegExp): void {
    for (const socket of this.#sockets) {
      if (!begun || begun.test(this.#greetings.get(socket) ?? '')) socket.destroy();
    }
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #tie(socket: Socket, other?: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#greetings.delete(socket);
      other?.destroy();
    });
  }
}
