// What Socket.IO promises of an adapter for several servers, of the servers of one process on a bus.
import { createSharedStore } from '@muster/store';
import type { Server, Socket } from 'socket.io';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './clients.js';
import { acquainted, type Node, next, Servers } from './servers.js';

describe.each([
  ['without recovery', {}],
  ['with recovery', { connectionStateRecovery: {} }],
])('three servers, %s', (_, serverOptions) => {
  let servers: Servers;
  let nodes: Node[];
  let ios: Server[];
  let clients: Client[];
  let sockets: Socket[];

  /** What each client gets of an event, until a last event that goes to all. */
  const heard = async (send: () => unknown, event = 'it') => {
    const got: unknown[][][] = clients.map(() => []);
    for (const [at, client] of clients.entries()) {
      client.on(event, (...args) => got[at]?.push(args.slice(0, 1)));
    }
    const ended = clients.map((client) => next(client, 'end'));
    await send();
    // From where it was sent, so that it comes after it.
    ios[0]?.emit('end');
    await Promise.all(ended);
    for (const client of clients) client.off(event);
    return got.map((events) => events.flat());
  };

  beforeAll(async () => {
    servers = new Servers();
    const store = createSharedStore({ url: 'memory:' });
    nodes = [];
    for (let n = 0; n < 3; n++) nodes.push(await servers.start({ store }, serverOptions));
    ios = nodes.map(({ io }) => io);
    sockets = [];
    for (const [at, io] of ios.entries()) {
      io.on('connection', (socket) => {
        sockets[at] = socket;
      });
      io.of('/other').on('connection', () => {});
    }
    await acquainted(nodes);
    clients = await Promise.all(nodes.map((node) => servers.client(node)));
  });

  afterAll(() => servers[Symbol.asyncDispose]());

  afterEach(() => {
    for (const socket of sockets) {
      for (const room of socket.rooms) if (room !== socket.id) socket.leave(room);
    }
  });

  const [first, second, third] = [
    () => ios[0] as Server,
    () => ios[1] as Server,
    () => ios[2] as Server,
  ];

  it('broadcasts to all, in order', async () => {
    const many = Array.from({ length: 50 }, (_, n) => n);
    const got = await heard(() => many.map((n) => first().emit('it', n)));
    expect(got).toEqual([many, many, many]);
  });

  it('broadcasts to all but the sender', async () => {
    expect(await heard(() => sockets[0]?.broadcast.emit('it', 1))).toEqual([[], [1], [1]]);
  });

  it('broadcasts to a room, and to several rooms once', async () => {
    sockets[0]?.join('a');
    sockets[1]?.join(['a', 'b']);
    expect(await heard(() => first().to('a').emit('it', 1))).toEqual([[1], [1], []]);
    expect(await heard(() => first().to(['a', 'b']).emit('it', 2))).toEqual([[2], [2], []]);
    expect(await heard(() => first().to('nobody').emit('it', 3))).toEqual([[], [], []]);
  });

  it('leaves out the rooms of except()', async () => {
    sockets[1]?.join('quiet');
    expect(await heard(() => first().except('quiet').emit('it', 1))).toEqual([[1], [], [1]]);
  });

  it('keeps local events at home', async () => {
    expect(await heard(() => first().local.emit('it', 1))).toEqual([[1], [], []]);
  });

  it('sends volatile events', async () => {
    expect(await heard(() => first().volatile.emit('it', 1))).toEqual([[1], [1], [1]]);
  });

  it('carries binary data, dates as clients see them, and objects with toJSON', async () => {
    const value = {
      bytes: Buffer.from([1, 2, 3]),
      at: new Date(0),
      own: new (class {
        toJSON = () => 7;
      })(),
      f: () => 1,
    };
    const got = await heard(() => first().emit('it', value));
    const expected = { bytes: Buffer.from([1, 2, 3]), at: '1970-01-01T00:00:00.000Z', own: 7 };
    expect(got).toEqual([[expected], [expected], [expected]]);
  });

  it('keeps namespaces apart', async () => {
    const other = await servers.client(nodes[1] as Node, { path: '/other' });
    const got: unknown[] = [];
    other.on('it', (value) => got.push(value));
    const end = next(other, 'end');
    expect(await heard(() => first().emit('it', 1))).toEqual([[1], [1], [1]]);
    first().of('/other').emit('it', 2);
    first().of('/other').emit('end');
    await end;
    expect(got).toEqual([2]);
    other.disconnect();
  });

  it('emits to a socket of another server by its id', async () => {
    expect(
      await heard(() =>
        first()
          .to(sockets[2]?.id ?? '')
          .emit('it', 1),
      ),
    ).toEqual([[], [], [1]]);
  });

  it('collects acknowledgements of all clients', async () => {
    for (const [at, client] of clients.entries()) client.once('ask', (_n, answer) => answer(at));
    expect((await first().timeout(30_000).emitWithAck('ask', 1)).sort()).toEqual([0, 1, 2]);
  });

  it('tells which acknowledgements have come when time is up', async () => {
    for (const client of clients.slice(1)) client.once('ask', (_n, answer) => answer(2));
    const answered = new Promise((resolve) => {
      first()
        .timeout(500)
        .emit('ask', 1, (error: Error, answers: unknown[]) => resolve([error.message, answers]));
    });
    expect(await answered).toEqual(['operation has timed out', expect.any(Array)]);
  });

  it('collects an acknowledgement where nobody is', async () => {
    expect(await first().timeout(30_000).to('nobody').emitWithAck('ask')).toEqual([]);
  });

  it('collects the acknowledgement of one socket, and of one of another server', async () => {
    clients[0]?.once('ask', (answer) => answer('here'));
    expect(await sockets[0]?.timeout(30_000).emitWithAck('ask')).toBe('here');
    clients[1]?.once('ask', (answer) => answer('there'));
    const [remote] = await first()
      .in(sockets[1]?.id ?? '')
      .fetchSockets();
    expect(await remote?.timeout(30_000).emitWithAck('ask')).toBe('there');
  });

  it('makes sockets of all servers join and leave rooms', async () => {
    await first().socketsJoin('crowd');
    expect(await heard(() => first().to('crowd').emit('it', 1))).toEqual([[1], [1], [1]]);
    await first()
      .in(sockets[1]?.id ?? '')
      .socketsLeave('crowd');
    expect(await heard(() => first().to('crowd').emit('it', 2))).toEqual([[2], [], [2]]);
    await first().local.socketsJoin('home');
    expect(await heard(() => first().to('home').emit('it', 3))).toEqual([[3], [], []]);
  });

  it('fetches the sockets of all servers, of a room, and of this one', async () => {
    (sockets[1] as Socket).data = { name: 'ada' };
    sockets[1]?.join('room');
    const all = await first().fetchSockets();
    expect(all.map(({ id }) => id).sort()).toEqual(sockets.map(({ id }) => id).sort());
    const [one, ...more] = await first().in('room').fetchSockets();
    expect(more).toEqual([]);
    expect(one).toMatchObject({ id: sockets[1]?.id, data: { name: 'ada' } });
    expect([...(one?.rooms ?? [])].sort()).toEqual([sockets[1]?.id, 'room'].sort());
    expect(one?.handshake.query).toBeDefined();
    expect(await first().local.fetchSockets()).toHaveLength(1);
  });

  it('emits between servers, with and without answers', async () => {
    const got: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      for (const io of ios) {
        io.once('hello', (value) => {
          if (got.push(value) === 2) resolve();
        });
      }
    });
    first().serverSideEmit('hello', 1);
    await both;
    expect(got).toEqual([1, 1]);
    first().removeAllListeners('hello');
    second().once('sum', (a, b, answer) => answer(a + b));
    third().once('sum', (a, b, answer) => answer(a * b));
    const answers = (await first().serverSideEmitWithAck('sum', 2, 5)) as number[];
    expect(answers.sort()).toEqual([10, 7]);
  });

  it('keeps the order of an event and what follows it', async () => {
    const left: string[] = [];
    const leaving = await servers.client(nodes[1] as Node);
    leaving.on('bye', () => left.push('bye'));
    const ended = new Promise((resolve) => leaving.on('disconnect', resolve));
    const id = leaving.id ?? '';
    first().to(id).emit('bye');
    first().in(id).disconnectSockets(true);
    await ended;
    expect(left).toEqual(['bye']);
  });

  it('counts servers, and forgets one that has left at once', async () => {
    const fourth = await servers.start();
    await acquainted([...nodes, fourth]);
    fourth.kill();
    // Without an answer of the fourth: it is gone, so nobody waits for it.
    expect(await first().fetchSockets()).toHaveLength(3);
    await expect.poll(() => first().of('/').adapter.serverCount()).toBe(3);
  });
});
