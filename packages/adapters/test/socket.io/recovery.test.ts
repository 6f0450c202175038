// Connection state recovery, of the servers of one process on a bus: what brings a client up to date, and what must not.
import { once } from 'node:events';
import { createSharedStore, type SharedStore, type StoreView } from '@muster/store';
import type { Socket } from 'socket.io';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PacketLog } from '../../dist/socket.io/packet-log.js';
import { engines, openStore } from '../support/stores.js';
import type { Client } from './clients.js';
import { acquainted, type Node, next, Servers } from './servers.js';

const RECOVERY = { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } };

const many = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

/** The socket of the next client, on the server's side. */
const nextSocket = async ({ io }: Node) => (await once(io.sockets, 'connection'))[0] as Socket;

async function connected(servers: Servers, node: Node): Promise<[Client, Socket]> {
  const accepted = nextSocket(node);
  const client = await servers.client(node);
  return [client, await accepted];
}

/** Ends the connection as a network does. */
async function cut(client: Client, socket: Socket): Promise<void> {
  const gone = once(socket, 'disconnect');
  client.io.engine.close();
  await gone;
}

/** A last event, after which nothing that was emitted before is under way. */
async function settled(from: Node, client: Client): Promise<void> {
  const end = next(client, 'end');
  from.io.emit('end');
  await end;
}

describe.each(engines)('recovery on the engine %s', (engine) => {
  let servers: Servers;
  let a: Node;
  let b: Node;

  beforeAll(async () => {
    servers = new Servers();
    const store = await openStore(engine);
    a = await servers.start({ store }, RECOVERY);
    b = await servers.start({ store }, RECOVERY);
    await acquainted([a, b]);
  });

  afterAll(() => servers[Symbol.asyncDispose]());

  it('brings rooms, data and what was missed to another server, in order and once', async () => {
    const [client, socket] = await connected(servers, a);
    const [witness] = await connected(servers, b);
    socket.data = { name: 'ada', since: new Date(0) };
    socket.join('room');
    b.io.to('room').emit('it', 0);
    await next(client, 'it');
    const left = client.id;
    await cut(client, socket);
    for (const n of many(1, 40)) (n % 2 ? a : b).io.to('room').emit('it', n);
    a.io.to('another room').emit('it', 'not for it');
    a.io.except('room').emit('it', 'nor this');
    await Promise.all([settled(a, witness), settled(b, witness)]);
    const accepted = nextSocket(b);
    const back = await servers.comeBack(client, b);
    const again = await accepted;
    expect(back.recovered).toBe(true);
    expect(again).toMatchObject({ id: left, recovered: true });
    expect(again.data).toEqual({ name: 'ada', since: new Date(0) });
    expect([...again.rooms].sort()).toEqual([left, 'room'].sort());
    a.io.to('room').emit('it', 40);
    await settled(a, back.client);
    expect(back.got.toSorted()).toEqual(many(1, 41).toSorted());
    const ofA = back.got.filter((n) => Number(n) % 2);
    expect(ofA).toEqual(many(1, 41).filter((n) => n % 2));
  });

  it.each([
    ['another server', () => b],
    ['the same server', () => a],
  ])(
    'brings what was missed on %s while the old one still believes in the connection, and ends that',
    async (_, node) => {
      const [client, socket] = await connected(servers, a);
      socket.emit('it', 0);
      await next(client, 'it');
      // The client gets no more, and nobody has noticed.
      client.io.engine.removeAllListeners();
      client.off();
      a.io.to(socket.id).emit('it', 1);
      const ended = once(socket, 'disconnect');
      const back = await servers.comeBack(client, node());
      await ended;
      b.io.to(socket.id).emit('it', 2);
      await settled(b, back.client);
      expect(back).toMatchObject({ recovered: true, got: [1, 2] });
      await cut(back.client, node().io.sockets.sockets.get(socket.id) as Socket);
      const again = await servers.comeBack(back.client, a);
      expect(again).toMatchObject({ recovered: true, got: [] });
      await settled(a, again.client);
    },
  );
});

describe('recovery', () => {
  let store: SharedStore;
  let servers: Servers;
  let a: Node;
  let b: Node;

  const start = async (options: object = {}, recovery: object = {}) => {
    const both = { connectionStateRecovery: { ...RECOVERY.connectionStateRecovery, ...recovery } };
    a = await servers.start({ store, ...options }, both);
    b = await servers.start({ store, ...options }, both);
    await acquainted([a, b]);
  };

  beforeEach(() => {
    servers = new Servers();
    store = createSharedStore({ url: 'memory:' });
    return async () => {
      await servers[Symbol.asyncDispose]();
      await store.close();
    };
  });

  it('loses nothing that is emitted while a middleware keeps the client waiting', async () => {
    await start({}, { skipMiddlewares: false });
    const [client, socket] = await connected(servers, a);
    socket.join('room');
    socket.emit('it', 0);
    await next(client, 'it');
    await cut(client, socket);
    a.io.to('room').emit('it', 1);
    const [witness] = await connected(servers, b);
    await settled(a, witness);
    b.io.use((_socket, done) => {
      a.io.to('room').emit('it', 2);
      b.io.emit('end');
      witness.once('end', () => done());
    });
    const back = await servers.comeBack(client, b);
    a.io.to('room').emit('it', 3);
    await settled(a, back.client);
    expect(back).toMatchObject({ recovered: true, got: [1, 2, 3] });
  });

  it('recovers a client that was idle for longer than packets are kept', async () => {
    await start({ maxPackets: 256 });
    const [client, socket] = await connected(servers, a);
    const [witness] = await connected(servers, b);
    socket.emit('it', 0);
    await next(client, 'it');
    for (const n of many(0, 2000)) b.io.to('elsewhere').emit('it', n);
    await settledElsewhere(b, witness);
    await cut(client, socket);
    b.io.to(socket.id).emit('it', 1);
    await settledElsewhere(b, witness);
    expect(await servers.comeBack(client, b)).toMatchObject({ recovered: true, got: [1] });
  });

  it('does not recover a client whose packets are gone', async () => {
    await start({ maxPackets: 256 });
    const [client, socket] = await connected(servers, a);
    const [witness] = await connected(servers, b);
    socket.emit('it', 0);
    await next(client, 'it');
    await cut(client, socket);
    for (const n of many(0, 2000)) b.io.emit('it', n);
    await settledElsewhere(b, witness);
    expect(await servers.comeBack(client, b)).toMatchObject({ recovered: false, got: [] });
  });

  it.each([
    ['a client that left on purpose', (client: Client) => client],
    ['another session', (client: Client) => Object.assign(client, { _pid: 'none' })],
    ['an offset that is none', (client: Client) => Object.assign(client, { _lastOffset: 'x' })],
    [
      'an offset that no packet has',
      (client: Client) => Object.assign(client, { _lastOffset: String(2 ** 53 - 1) }),
    ],
  ])('does not recover %s', async (kind, change) => {
    await start();
    const [client, socket] = await connected(servers, a);
    socket.emit('it', 0);
    await next(client, 'it');
    const gone = once(socket, 'disconnect');
    if (kind === 'a client that left on purpose') client.disconnect();
    else client.io.engine.close();
    await gone;
    expect((await servers.comeBack(change(client), b)).recovered).toBe(false);
  });

  it('delivers what a server had written when it died, and goes on where it had written nothing', async () => {
    await start();
    const [client] = await connected(servers, a);
    const got: unknown[] = [];
    client.on('it', (value) => got.push(value));
    const log = new PacketLog({
      store,
      name: 'socket.io',
      namespace: '/',
      keepMs: 60_000,
      maxPackets: 256,
    });
    const heads = store.namespace<number>('socket.io:heads');
    await log.append([{ rooms: [], except: [], text: JSON.stringify(['it', 1]) }]);
    // A number that was taken, and under which nothing will be written.
    await heads.increment('{%2F}');
    b.io.emit('it', 2);
    await settled(b, client);
    expect(got).toEqual([1, 2]);
  });

  it('reaches clients that connected before their server knew where the log is', async () => {
    a = await servers.start({ store }, RECOVERY);
    // Until the test says so, the store does not tell the second server.
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slow = withHeads(store, (heads) => ({
      async get(key: string) {
        await asked;
        return heads.get(key);
      },
    }));
    b = await servers.start({ store: slow }, RECOVERY);
    await acquainted([a, b]);
    const [witness] = await connected(servers, a);
    const [client] = await connected(servers, b);
    const got: unknown[] = [];
    client.on('it', (value) => got.push(value));
    for (const n of many(0, 3)) a.io.emit('it', n);
    await settled(a, witness);
    const end = next(client, 'end');
    answer();
    await end;
    expect(got).toEqual([0, 1, 2]);
  });

  it('goes on without a store, and recovers nobody then', async () => {
    await start();
    const [client, socket] = await connected(servers, a);
    socket.emit('it', 0);
    await next(client, 'it');
    await store.close();
    const got: unknown[] = [];
    client.on('it', (value) => got.push(value));
    b.io.emit('it', 1);
    await settled(b, client);
    expect(got).toEqual([1]);
    await cut(client, socket);
    expect((await servers.comeBack(client, b)).recovered).toBe(false);
  });

  it('does not recover a client over a packet that its server could not log', async () => {
    let isFailing = false;
    store = withHeads(store, (heads) => ({
      increment: ((...args: Parameters<Heads['increment']>) =>
        isFailing
          ? Promise.reject(new Error('full'))
          : heads.increment(...args)) as Heads['increment'],
    }));
    await start();
    const [client, socket] = await connected(servers, a);
    const [witness] = await connected(servers, b);
    socket.emit('it', 0);
    await next(client, 'it');
    await cut(client, socket);
    isFailing = true;
    a.io.emit('it', 1);
    await settled(a, witness);
    isFailing = false;
    // Nothing was logged after it that could tell.
    expect(await servers.comeBack(client, b)).toMatchObject({ recovered: false, got: [] });
  });

  it('does not recover over packets that could not be kept', async () => {
    await start();
    const [client, socket] = await connected(servers, a);
    socket.emit('it', 0);
    await next(client, 'it');
    await cut(client, socket);
    const log = new PacketLog({
      store,
      name: 'socket.io',
      namespace: '/',
      keepMs: 60_000,
      maxPackets: 256,
    });
    await log.append(['break']);
    const [witness] = await connected(servers, b);
    await settled(b, witness);
    expect((await servers.comeBack(client, b)).recovered).toBe(false);
  });
});

type Heads = StoreView<number>;

/** The store, with other calls in the place of those that its log of packets asks for numbers. */
function withHeads(store: SharedStore, calls: (heads: Heads) => Partial<Heads>): SharedStore {
  const bound = <T extends object>(target: T, property: string | symbol) => {
    const value = Reflect.get(target, property, target);
    return typeof value === 'function' ? value.bind(target) : value;
  };
  const namespace = (name: string, options?: object) => {
    const view = store.namespace<number>(name, options);
    if (name !== 'socket.io:heads') return view;
    const own = calls(view);
    return new Proxy(view, {
      get: (target, call) => Reflect.get(own, call) ?? bound(target, call),
    });
  };
  return new Proxy(store, {
    get: (target, property) => (property === 'namespace' ? namespace : bound(target, property)),
  });
}

/** As `settled`, for all packets of a server. */
async function settledElsewhere(from: Node, witness: Client): Promise<void> {
  const socket = [...from.io.sockets.sockets.values()].find(({ id }) => id === witness.id);
  const end = next(witness, 'end');
  socket?.emit('end');
  await end;
}
