import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutcomeUnknownError, StoreUnreachableError } from '@muster/store';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answerError } from '../../docs/examples/demo/input.js';
import { Demo, type WorkerEntry } from '../support/demo.js';
import { createClient, openEventStream } from '../support/http-client.js';
import { isAlive } from '../support/program.js';
import { type RedisServer, startRedis } from '../support/redis/server.js';

const WORKERS = 3;

async function openStreams(port: number, count: number) {
  return Promise.all(Array.from({ length: count }, () => openEventStream(port, '/api/events')));
}

type EventStream = Awaited<ReturnType<typeof openEventStream>>;

/** One on each worker, by slot. Which worker gets a connection is not up to us: opens more until each has one. */
async function openStreamOnEach(port: number): Promise<EventStream[]> {
  const streams: EventStream[] = [];
  await vi.waitFor(async () => {
    const stream = await openEventStream(port, '/api/events');
    const slot = Number(stream.headers.get('x-worker'));
    if (streams[slot]) stream.close();
    else streams[slot] = stream;
    expect(Object.keys(streams)).toHaveLength(WORKERS);
  }, 15_000);
  return streams;
}

describe.each(['embedded', 'redis'])('the demo on the %s engine', (engine) => {
  let folder: string;
  let demo: Demo;
  let redis: RedisServer | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-demo-'));
    // A server of its own: the demo uses the keys that an app would use.
    if (engine === 'redis') redis = await startRedis();
    demo = new Demo(folder, { WORKERS: String(WORKERS), ...(redis && { REDIS_URL: redis.url }) });
    await demo.start();
  });

  afterAll(async () => {
    await demo[Symbol.asyncDispose]();
    await redis?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('says where it is, on which engine, with which workers', async () => {
    const output = demo.output;
    expect(output).toContain(`http://localhost:${demo.port}`);
    expect(output).toMatch(new RegExp(`engine +${engine}`));
    const workers = await demo.workers();
    expect(workers.map(({ slot, generation }) => [slot, generation])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    for (const { slot, pid } of workers) expect(output).toContain(`${slot} (pid ${pid})`);
  });

  it('serves the page and what it needs, all from this host', async () => {
    const client = createClient(demo.port);
    const page = await client.get('/');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toMatch('text/html');
    for (const file of ['style/base.css', 'style/layout.css', 'style/workers.css', 'page.js']) {
      expect(page.body).toContain(file);
      expect((await client.get(`/${file}`)).status).toBe(200);
    }
    expect(page.body).not.toMatch(/https?:\/\//);
  });

  it('counts 1,000 concurrent visits over all workers as exactly 1,000', async () => {
    await expectExactVisits(demo, 1_000);
  });

  it('knows a session on every worker', async () => {
    await expectSessionEverywhere(demo);
  });

  it('tells what is said to every open event stream exactly once', async () => {
    await expectSayReachesAll(demo);
  });

  it('tells of visits', async () => {
    const [stream] = await openStreams(demo.port, 1);
    const { visits } = (await createClient(demo.port).post('/api/visit')).body;
    await vi.waitFor(() =>
      expect(stream?.events).toContainEqual({
        event: 'visit',
        data: expect.objectContaining({ visits }),
      }),
    );
    stream?.close();
  });

  it('forgets who logs out', async () => {
    const client = createClient(demo.port);
    await client.post('/api/login', { name: 'Grace' });
    expect((await client.post('/api/logout')).status).toBe(200);
    const me = await client.get('/api/me');
    expect(me).toMatchObject({ status: 200, body: { name: null } });
  });

  it.each([
    { what: 'no name', path: '/api/login', body: {}, says: /name/ },
    { what: 'a name that is no text', path: '/api/login', body: { name: { a: 1 } }, says: /name/ },
    { what: 'an empty name', path: '/api/login', body: { name: '  ' }, says: /empty/ },
    { what: 'a long name', path: '/api/login', body: { name: 'x'.repeat(41) }, says: /40/ },
    { what: 'no JSON', path: '/api/login', body: '{"name":', says: /JSON/ },
    { what: 'no text', path: '/api/say', body: {}, says: /text/ },
    { what: 'a long text', path: '/api/say', body: { text: 'x'.repeat(281) }, says: /280/ },
    { what: 'no worker of that number', path: '/api/kill', body: { slot: 99 }, says: /slot/ },
    { what: 'a list for a slot', path: '/api/kill', body: [1], says: /slot/ },
    { what: 'nothing for a slot', path: '/api/kill', body: { slot: null }, says: /slot/ },
    { what: 'nonsense for a slot', path: '/api/kill', body: { slot: '__proto__' }, says: /slot/ },
  ])('refuses $what with a 400 that says so', async ({ path, body, says }) => {
    const answer = await createClient(demo.port).post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(says);
  });

  it('refuses a body that is too large, and an address that is none', async () => {
    const client = createClient(demo.port);
    const large = await client.post('/api/say', { text: 'x'.repeat(20_000) });
    expect(large.status).toBe(413);
    expect((await client.get('/api/nothing')).status).toBe(404);
  });

  it('replaces a worker that is killed, and tells so', async () => {
    const streams = await openStreamOnEach(demo.port);
    const [onKilled, ...onOthers] = [streams[1], streams[0], streams[2]];
    const before = await demo.worker(1);
    const others = (await demo.workers()).filter(({ slot }) => slot !== 1);
    const answer = await createClient(demo.port).post('/api/kill', { slot: 1 });
    expect(answer).toMatchObject({ status: 202, body: { slot: 1 } });
    const next = { slot: 1, generation: before.generation + 1 };
    await vi.waitFor(async () => {
      expect(await demo.workers()).toContainEqual(expect.objectContaining(next));
      for (const stream of onOthers) {
        const last = stream?.events.findLast(({ event }) => event === 'workers');
        expect(last?.data).toContainEqual(
          expect.objectContaining({ ...next, state: 'ready', backMs: expect.any(Number) }),
        );
      }
    }, 15_000);
    expect(await onKilled?.ended).toBe('broke');
    // It is gone from the list before its successor is in it.
    for (const stream of onOthers) {
      const lists: WorkerEntry[][] = (stream?.events ?? [])
        .filter(({ event }) => event === 'workers')
        .map(({ data }) => data);
      const serving = lists.map(
        (list) => list.find(({ slot, state }) => slot === 1 && state === 'ready')?.generation,
      );
      const changes = serving.filter((generation, n) => n === 0 || generation !== serving[n - 1]);
      expect(changes).toEqual([before.generation, undefined, next.generation]);
    }
    // And no other worker with it.
    expect(await demo.workers()).toEqual(expect.arrayContaining(others));
    for (const stream of onOthers) stream?.close();
  });

  it('does all of it after a worker was killed from outside', async () => {
    const client = createClient(demo.port);
    await client.post('/api/login', { name: 'Ada' });
    await killWorker(demo, 0);
    expect((await client.get('/api/me')).body).toMatchObject({ name: 'Ada' });
    await expectExactVisits(demo, 300);
    await expectSessionEverywhere(demo);
    await expectSayReachesAll(demo);
  });

  it('still knows session and counter after a restart of the whole', async () => {
    const client = createClient(demo.port);
    await client.post('/api/login', { name: 'Hedy' });
    const { visits } = (await client.post('/api/visit')).body;
    const pids = (await demo.workers()).map(({ pid }) => pid);

    expect(await demo.stop()).toEqual({ code: 0, signal: null });
    expect(pids.filter(isAlive)).toEqual([]);
    await demo.start();

    expect((await client.get('/api/me')).body).toMatchObject({ name: 'Hedy' });
    expect((await client.post('/api/visit')).body.visits).toBe(visits + 1);
  });

  it('keeps its data where it should', async () => {
    if (!redis) return void expect(demo.output).toMatch(/engine +embedded/);
    const client = new Redis(redis.url);
    expect(Number(await client.get('muster::visits'))).toBeGreaterThan(1_000);
    client.disconnect();
  });
});

/** Kills the worker of a slot from outside, and settles when its successor serves. */
async function killWorker(demo: Demo, slot: number) {
  const { pid, generation } = await demo.worker(slot);
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(
    async () => expect(await demo.worker(slot)).toMatchObject({ generation: generation + 1 }),
    15_000,
  );
}

async function expectExactVisits(demo: Demo, count: number) {
  const client = createClient(demo.port);
  const before = (await client.post('/api/visit')).body.visits;
  const answers = await Promise.all(Array.from({ length: count }, () => client.post('/api/visit')));
  const visits = answers.map(({ body }) => body.visits).sort((a, b) => a - b);
  expect(visits).toEqual(Array.from({ length: count }, (_, index) => before + 1 + index));
  expect(new Set(answers.map(({ body }) => body.slot)).size).toBe(WORKERS);
}

async function expectSessionEverywhere(demo: Demo) {
  const client = createClient(demo.port);
  const login = await client.post('/api/login', { name: 'Ada' });
  expect(login.status).toBe(200);
  const slots = new Set<number>();
  let requests = 0;
  while (slots.size < WORKERS && requests < 100) {
    const { status, body } = await client.get('/api/me');
    requests += 1;
    // Whichever worker answers, it has seen what the one before it saved.
    expect({ status, name: body.name, requests: body.requests }).toEqual({
      status: 200,
      name: 'Ada',
      requests,
    });
    slots.add(body.slot);
  }
  expect(slots.size).toBe(WORKERS);
}

async function expectSayReachesAll(demo: Demo) {
  const streams = await openStreams(demo.port, WORKERS * 3);
  const client = createClient(demo.port);
  const texts: string[] = [];
  const speakers = new Set<number>();
  while (texts.length < 20 || (speakers.size < WORKERS && texts.length < 200)) {
    const text = `line ${texts.length} of ${Math.random()}`;
    texts.push(text);
    const answer = await client.post('/api/say', { text });
    expect(answer.status).toBe(202);
    speakers.add(answer.body.slot);
  }
  expect(speakers.size).toBe(WORKERS);
  const said = (stream: { events: { event: string; data: { text: string } }[] }) =>
    stream.events.filter(({ event }) => event === 'say').map(({ data }) => data.text);
  await vi.waitFor(() => {
    for (const stream of streams) expect(said(stream).length).toBeGreaterThanOrEqual(texts.length);
  }, 10_000);
  // Anything sent twice would be here by now: a later message has passed on every stream.
  await client.post('/api/visit');
  await vi.waitFor(() => {
    for (const stream of streams) expect(stream.events.at(-1)?.event).toBe('visit');
  }, 10_000);
  for (const stream of streams) {
    expect(said(stream).sort()).toEqual([...texts].sort());
    stream.close();
  }
}

it('a store that does not answer is told as such, whatever the error is', () => {
  type Given = Parameters<typeof answerError>;
  const told: unknown[] = [];
  const response = {
    headersSent: false,
    status: (code: number) => ({ json: (body: object) => told.push([code, body]) }),
  };
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  for (const error of [new OutcomeUnknownError('cut'), new StoreUnreachableError('gone')])
    answerError(error, {} as Given[1], response as unknown as Given[2], () => {});
  expect(logged).toHaveBeenCalledTimes(2);
  logged.mockRestore();
  const error = 'The store does not answer; the output of the demo says why.';
  expect(told).toEqual(Array(2).fill([503, { error }]));
});
