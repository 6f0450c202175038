// What a Redis can suffer, and what becomes of machines that are joined over it: the table of docs/guide/machines.md.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { RedisProxy } from '../../../test/support/redis/proxy.js';
import { type RedisServer, startRedis } from '../../../test/support/redis/server.js';
import { allJoined, stopMachines } from './support/memory-group.js';
import {
  known,
  listening,
  numbersOf,
  type RedisMachine,
  startMachines,
} from './support/redis-group.js';

let redis: RedisServer;
let admin: Redis;
let machines: RedisMachine[] = [];

beforeAll(async () => {
  redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  admin = new Redis(redis.url);
  admin.on('error', () => {});
});

afterEach(async () => {
  await stopMachines(machines);
  machines = [];
});

afterAll(async () => {
  admin?.disconnect();
  await redis?.stop();
});

function start(
  names: readonly string[],
  group: string,
  options: { url?: string; goneMs?: number; deadlineMs?: number } = {},
): RedisMachine[] {
  const added = startMachines(names, { url: redis.url, group, ...options });
  machines.push(...added);
  return added;
}

interface Fault {
  readonly name: string;
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
  /** What status says. */
  readonly says: RegExp;
}

const config = (name: string, value: string) => admin.config('SET', name, value);
const acl = (...rules: string[]) => admin.call('ACL', 'SETUSER', 'default', ...rules);
const dropClients = () => admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

const faults: readonly Fault[] = [
  {
    name: 'full',
    begin: () => config('maxmemory', '1'),
    end: () => config('maxmemory', '0'),
    says: /OOM/,
  },
  {
    name: 'read-only',
    begin: () => admin.replicaof('127.0.0.1', '1'),
    end: () => admin.replicaof('NO', 'ONE'),
    says: /READONLY/,
  },
  {
    name: 'forbids XADD',
    begin: () => acl('-xadd'),
    end: () => acl('+xadd'),
    says: /NOPERM.*xadd/,
  },
  {
    name: 'forbids XREAD',
    begin: () => acl('-xread'),
    end: () => acl('+xread'),
    says: /NOPERM.*xread/,
  },
  {
    name: 'has another password',
    begin: () => config('requirepass', 'another').then(dropClients),
    end: () => config('requirepass', ''),
    says: /NOAUTH/,
  },
  {
    name: 'accepts and does not answer',
    begin: async () => process.kill(redis.pid as number, 'SIGSTOP'),
    end: async () => process.kill(redis.pid as number, 'SIGCONT'),
    says: /answer/,
  },
  {
    name: 'is gone, and is back with its data',
    begin: () => redis.kill(),
    end: () => redis.restart(),
    says: /ECONNREFUSED|closed|lost/,
  },
  {
    name: 'is gone, and is back empty',
    begin: () => admin.flushall().then(() => redis.kill()),
    end: () => redis.restart(),
    says: /ECONNREFUSED|closed|lost/,
  },
];

describe('a Redis that', () => {
  test.each(faults)('$name', async ({ begin, end, says }) => {
    const all = start(['a', 'b'], randomUUID()) as [RedisMachine, RedisMachine];
    const [a, b] = all;
    await listening(all);
    b.worker(0).handle('never', () => new Promise(() => {}));
    await b.worker(0).whenSubscribed();
    const { send, whole } = numbersOf(all);
    await known(all);
    send(3);
    const never = () =>
      a.worker(0).request({ machine: 'b', slot: 0 }, 'never', null, { timeoutMs: Infinity });
    const asked = never();
    asked.catch(() => {});
    await whole();
    await begin();
    try {
      await expect(asked).rejects.toMatchObject({ code: 'MUSTER_WORKER_GONE' });
      await vi.waitFor(() => {
        for (const { bridge, worker } of all) {
          expect(bridge.status.link).toMatchObject({
            up: false,
            lastError: expect.stringMatching(says),
          });
          expect(worker(0).members()).toHaveLength(3);
        }
      });
      await expect(never()).rejects.toMatchObject({ code: 'MUSTER_WORKER_GONE' });
      // What stays on the machine does not notice.
      a.worker(1).handle('home', () => 'here');
      await vi.waitFor(async () => {
        expect(await a.worker(0).request(1, 'home', null)).toBe('here');
      });
      send(50);
      // A Redis that is written and not read takes 32 entries first.
      await vi.waitFor(() => {
        send(1);
        expect(a.bridge.status.link.waitingMessages).toBeGreaterThan(0);
      });
    } finally {
      await end();
    }
    await allJoined(all);
    send(3);
    await whole();
    expect(a.bridge.status.link).toMatchObject({ up: true });
    expect(a.bridge.status.link.lastError).toBeUndefined();
  });

  test('refuses the password, or is not there at first: the owner is told why, and joined when it can be', async () => {
    const group = randomUUID();
    await config('requirepass', 'another');
    const [a] = start(['a'], group) as [RedisMachine];
    try {
      await vi.waitFor(() => expect(a.told).toEqual([expect.stringMatching(/NOAUTH/)]));
      expect(a.bridge.status.link).toMatchObject({ up: false, lagMs: undefined });
      await redis.kill();
      const [b] = start(['b'], group) as [RedisMachine];
      await vi.waitFor(() =>
        expect(b.told).toEqual([expect.stringMatching(/ECONNREFUSED|closed|lost/)]),
      );
    } finally {
      await redis.restart();
    }
    await listening(machines);
    for (const { told } of machines) expect(told.at(-1)).toBeUndefined();
    // Once each, however often they tried to connect.
    const { send, whole } = numbersOf(machines);
    await known(machines);
    send(10);
    await whole();
  });

  test('takes 300 ms for each answer', async () => {
    const proxy = await RedisProxy.start(redis.url);
    onTestFinished(() => proxy.close());
    proxy.delayMs = 150;
    const all = start(['a', 'b'], randomUUID(), {
      ...{ url: proxy.url, goneMs: 2_300, deadlineMs: 2_000 },
    });
    await listening(all);
    const { send, whole } = numbersOf(all);
    await known(all);
    send(500);
    await whole();
  });

  test('ends connections all the time', async () => {
    const all = start(['a', 'b'], randomUUID());
    await listening(all);
    const { send, whole } = numbersOf(all);
    await known(all);
    for (let i = 0; i < 10; i++) {
      send(20);
      await dropClients();
      await new Promise((resolve) => setTimeout(resolve, i * 20));
    }
    await whole();
  });

  test('ends those that read more at once than its output buffer holds', async () => {
    await admin.call('ACL', 'SETUSER', 'late', 'on', '>password', '~*', '&*', '+@all');
    const { port } = redis;
    const group = randomUUID();
    const [a] = start(['a'], group) as [RedisMachine];
    const [b] = start(['b'], group, { url: `redis://late:password@127.0.0.1:${port}` }) as [
      RedisMachine,
    ];
    await listening([a, b]);
    const heard: unknown[] = [];
    b.worker(1).on('large', ({ number }: { number: number }) => heard.push(number));
    await known([a, b]);
    const gaps: unknown[] = [];
    b.worker(1).onGap((gap) => gaps.push(gap));
    await admin.call('ACL', 'SETUSER', 'late', '-xread');
    await vi.waitFor(() => expect(b.bridge.status.link.up).toBe(false));
    const numbers = Array.from({ length: 80 }, (_, i) => i);
    for (const number of numbers)
      await a.worker(0).broadcast('large', { number, text: 'x'.repeat(100_000) });
    await vi.waitFor(() => expect(a.bridge.status.link.waitingBytes).toBe(0));
    await config('client-output-buffer-limit', 'normal 1mb 1mb 0');
    try {
      await admin.call('ACL', 'SETUSER', 'late', '+xread');
      await vi.waitFor(() => expect(heard).toEqual(numbers));
    } finally {
      await config('client-output-buffer-limit', 'normal 0 0 0');
    }
    expect(gaps).toEqual([]);
  });

  test('answers more than its output buffer holds: whoever waits for an answer is told, and asks again', async () => {
    const [a, b] = start(['a', 'b'], randomUUID()) as [RedisMachine, RedisMachine];
    await listening([a, b]);
    b.worker(0).handle('echo', (text: string) => text);
    b.worker(0).handle('never', () => new Promise(() => {}));
    await b.worker(0).whenSubscribed();
    const ask = (topic: string) =>
      a.worker(0).request({ machine: 'b', slot: 0 }, topic, 'x'.repeat(300_000), {
        timeoutMs: Number.POSITIVE_INFINITY,
      });
    await vi.waitFor(() => ask('echo'));
    // So that every read of a large message ends its connection.
    await config('client-output-buffer-limit', 'normal 100kb 100kb 0');
    try {
      await expect(ask('never')).rejects.toMatchObject({ code: 'MUSTER_WORKER_GONE' });
    } finally {
      await config('client-output-buffer-limit', 'normal 0 0 0');
    }
    await allJoined([a, b]);
    await vi.waitFor(async () => expect(await ask('echo')).toHaveLength(300_000));
  });

  test('is gone while a machine dies: that one is in no list when it is back, and the others are', async () => {
    const all = start(['a', 'b', 'c'], randomUUID());
    const [a, b, c] = all as [RedisMachine, RedisMachine, RedisMachine];
    await listening(all);
    const left: string[] = [];
    a.worker(0).onLeft(({ machine }) => left.push(machine));
    await redis.kill();
    try {
      await vi.waitFor(() => {
        for (const { bridge } of all) expect(bridge.status.link.up).toBe(false);
      });
      // It cannot say goodbye.
      await stopMachines([c]);
      machines = machines.filter((machine) => machine !== c);
      void b.worker(0).broadcast('meanwhile', 1, { retain: true });
    } finally {
      await redis.restart();
    }
    await allJoined([a, b]);
    await vi.waitFor(async () => expect(await a.worker(0).once('meanwhile')).toBe(1));
    expect(left).toContain('c');
    expect(a.bridge.status.machines.map(({ name }) => name)).toEqual(['b']);
  });

  test('has an entry that cannot be read: it is skipped', async () => {
    const group = randomUUID();
    const all = start(['a', 'b'], group) as [RedisMachine, RedisMachine];
    const [a, b] = all;
    await listening(all);
    const heard: unknown[] = [];
    b.worker(1).on('said', (text) => heard.push(text));
    await config('client-output-buffer-limit', 'normal 1mb 1mb 0');
    try {
      await admin.xadd(`muster:machines:{${group}}`, '*', 'e', 'x'.repeat(8 * 1024 * 1024));
      await vi.waitFor(() => {
        void a.worker(0).broadcast('said', 'on');
        expect(heard).toContain('on');
      });
    } finally {
      await config('client-output-buffer-limit', 'normal 0 0 0');
    }
    await allJoined(all);
  });

  describe('has an id from the future in its stream', () => {
    const LARGEST = '18446744073709551615-18446744073709551615';

    test.each([
      ['the largest', [['xadd', LARGEST]]],
      [
        'the largest, which is not there any more',
        [
          ['xadd', LARGEST],
          ['xdel', LARGEST],
        ],
      ],
      ['one of another century', [['xadd', '9999999999999-0']]],
    ])('%s: its machines begin it anew', async (_, commands) => {
      const group = randomUUID();
      const key = `muster:machines:{${group}}`;
      const all = start(['a', 'b'], group) as [RedisMachine, RedisMachine];
      const [a, b] = all;
      await listening(all);
      for (const [command, id = ''] of commands) {
        await (command === 'xadd' ? admin.xadd(key, id, 'e', 'junk') : admin.xdel(key, id));
      }
      const heard: unknown[] = [];
      b.worker(1).on('said', (text) => heard.push(text));
      await vi.waitFor(async () => {
        const [[id] = ['']] = await admin.xrevrange(key, '+', '-', 'COUNT', 1);
        expect(Number(id.split('-')[0])).toBeLessThan(Date.now() + 60_000);
        expect(id).not.toBe('');
      });
      await allJoined(all);
      await vi.waitFor(() => {
        void a.worker(0).broadcast('said', 'on');
        expect(heard).toContain('on');
      });
      await vi.waitFor(() => {
        for (const { bridge } of all) expect(bridge.status.link.up).toBe(true);
      });
      // Time goes on in it: that a machine is gone is noticed.
      b.link.close();
      await vi.waitFor(() => expect(a.bridge.status.machines).toEqual([]));
    });

    test('and is not to be deleted by this user: the status says what to do', async () => {
      await admin.call('ACL', 'SETUSER', 'careful', 'on', '>password', '~*', '&*', '+@all', '-del');
      const url = `redis://careful:password@127.0.0.1:${redis.port}`;
      const group = randomUUID();
      const key = `muster:machines:{${group}}`;
      const [a] = start(['a'], group, { url }) as [RedisMachine];
      await vi.waitFor(() => expect(a.bridge.status.link.up).toBe(true));
      await admin.xadd(key, LARGEST, 'e', 'junk');
      await vi.waitFor(() => {
        const lastError = expect.stringContaining(`Delete that key`);
        expect(a.bridge.status.link).toMatchObject({ up: false, lastError });
      });
      await admin.del(key);
      await vi.waitFor(() => expect(a.bridge.status.link.up).toBe(true));
    });
  });
});
