// Socket.IO servers of one process, each with a bus of its own, as if they were workers; and clients of them.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createAdapter, type SocketIoAdapterOptions } from '@muster/adapters/socket.io';
import { createBus } from '@muster/bus';
import { createRouter, type OpenTransport } from '@muster/bus/transport';
import { Server, type ServerOptions } from 'socket.io';
import type { SocketOptions } from 'socket.io-client';
import { type Client, connect } from './clients.js';

export interface Node {
  readonly io: Server;
  readonly url: string;
  /** As if the process were killed: nothing of it is sent or received any more. */
  kill(): void;
}

export interface Returned {
  readonly client: Client;
  /** The first arguments of the events `it`. */
  readonly got: unknown[];
  readonly recovered: boolean;
}

interface Memory {
  _pid: string | undefined;
  _lastOffset: string | undefined;
}

const overPort =
  (port: MessagePort): OpenTransport =>
  (receiver) => {
    const onTheWay: (() => void)[] = [];
    port.on('message', (frame) => {
      if (frame === 'taken') return onTheWay.shift()?.();
      receiver.frame(frame);
      port.postMessage('taken');
    });
    port.on('close', () => receiver.gone());
    return {
      send(frame, sent) {
        onTheWay.push(sent);
        port.postMessage(frame);
      },
    };
  };

export class Servers implements AsyncDisposable {
  readonly #router = createRouter();
  readonly #nodes: Node[] = [];
  readonly #clients = new Set<Client>();

  async start(
    options: SocketIoAdapterOptions = {},
    serverOptions: Partial<ServerOptions> = {},
  ): Promise<Node> {
    const { port1, port2 } = new MessageChannel();
    this.#router.connect({ slot: this.#nodes.length }, overPort(port1));
    const bus = createBus({ transport: overPort(port2) });
    const server = createServer();
    const adapter = createAdapter({ bus, ...options });
    const io = new Server(server, { adapter, ...serverOptions });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const node = { io, url, kill: () => port2.close() };
    this.#nodes.push(node);
    await bus.whenSubscribed();
    return node;
  }

  /** A client of the node, connected. */
  async client(
    node: Node,
    options: Partial<SocketOptions> & { path?: string } = {},
  ): Promise<Client> {
    const { path = '/', ...others } = options;
    const transports = ['websocket'];
    const client = connect(node.url + path, {
      transports,
      forceNew: true,
      reconnection: false,
      ...others,
    });
    this.#clients.add(client);
    await new Promise<void>((resolve, reject) => {
      client.once('connect', resolve);
      client.once('connect_error', reject);
    });
    return client;
  }

  /** The same client again at another node, with what a Socket.IO client remembers of its session. */
  async comeBack(before: Client, node: Node): Promise<Returned> {
    const { _pid, _lastOffset } = before as unknown as Memory;
    const options = { transports: ['websocket'], forceNew: true, reconnection: false };
    const client = connect(node.url, { ...options, autoConnect: false });
    this.#clients.add(client);
    Object.assign(client, { _pid, _lastOffset } satisfies Memory);
    const got: unknown[] = [];
    client.on('it', (value) => got.push(value));
    await new Promise((resolve) => client.once('connect', () => resolve(undefined)).connect());
    return { client, got, recovered: client.recovered };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await Promise.all(this.#nodes.map(({ io }) => io.close()));
    for (const { kill } of this.#nodes) kill();
  }
}

/** Resolves when every node knows all the others. */
export async function acquainted(nodes: readonly Node[]): Promise<void> {
  for (const { io } of nodes) {
    while ((await io.of('/').adapter.serverCount()) < nodes.length) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** The arguments of the next event. */
export const next = (client: Client, event: string) =>
  new Promise<unknown[]>((resolve) => client.once(event, (...args) => resolve(args)));
