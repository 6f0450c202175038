// The console of a real cluster, as a page sees it and as those see it who should not. The cases share the cluster, in order.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createQueue } from '@muster/queue';
import { createSharedStore } from '@muster/store';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';
import type {
  LogsAnswer,
  SlotStatus,
  StoreAnswer,
} from '../../dist/extensions/console/protocol.js';
import { SocketClient } from '../../dist/extensions/control/socket-client.js';
import { type Asked, ask, Looking, sendBytes } from './page.js';

const FIXTURE = new URL('../fixtures/unwell.js', import.meta.url);
const MUSTER = new URL('../../lib/command/main.js', import.meta.url);
const JSON_TYPE = { 'content-type': 'application/json' };

let folder: string;
let program: Program;
let control: SocketClient;
let address: string;
let socket: string;
let app: string;
let token: string;
/** The headers of a page with a session. */
let session: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-console-'));
  const port = await freePort();
  app = `http://127.0.0.1:${port}`;
  const options = { admin: { port: 0, console: true }, reload: { watchMs: 50 }, logs: 'keep' };
  program = runProgram(FIXTURE, {
    cwd: folder,
    env: {
      PORT: String(port),
      CLUSTER_OPTIONS: JSON.stringify(options),
      MUSTER_RUNTIME_DIR: folder,
      MUSTER_STORE_URL: `lmdb:${join(folder, 'store')}`,
    },
  });
  [, address = ''] = await program.printed(/admin endpoint is (http:\S+\d)\./);
  [, socket = ''] = await program.printed(/control socket (\S+)/);
  await program.printed(/cluster is up/);
  control = await SocketClient.connect(socket);
  const { url } = (await control.call('console')) as { url: string };
  token = url.slice(url.indexOf('#t=') + 3);
  expect(url).toBe(`${address}/console/#t=${token}`);
});

afterAll(async () => {
  control?.close();
  await program?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const post = (path: string, body: unknown, headers = session) =>
  ask(address, path, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify(body),
  });

const read = async <Shape>(path: string): Promise<Shape> => {
  const { status, text } = await ask(address, `/console/api/${path}`, { headers: session });
  expect(status).toBe(200);
  return JSON.parse(text) as Shape;
};

describe('the console', () => {
  it('shows its page to everybody, with a policy that lets nothing else run', async () => {
    const page = await ask(address, '/console/');
    expect(page).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
    });
    expect(page.headers['content-security-policy']).toContain(
      "default-src 'none'; script-src 'self'",
    );
    const { etag = '' } = page.headers;
    const again = await ask(address, '/console/', { headers: { 'if-none-match': etag } });
    expect(again).toMatchObject({ status: 304, text: '' });
    expect(await ask(address, '/console/', { method: 'HEAD' })).toMatchObject({
      status: 200,
      text: '',
    });
    const [, script = ''] = /(assets\/[^"]+\.js)"/.exec(page.text) ?? [];
    const asset = await ask(address, `/console/${script}`);
    expect(asset.status).toBe(200);
    expect(asset.headers['cache-control']).toContain('immutable');
  });

  it('opens a session for its token', async () => {
    const opened = await post('/console/session', { token }, { origin: address });
    expect(opened.status).toBe(200);
    const [cookie = ''] = opened.headers['set-cookie'] ?? [];
    const port = new URL(address).port;
    expect(cookie).toMatch(
      new RegExp(`^muster_console_${port}=\\S+; HttpOnly; SameSite=Strict; Path=/console$`),
    );
    const { key } = JSON.parse(opened.text) as { key: string };
    session = { cookie: cookie.split(';')[0] ?? '', 'x-muster-console': key };
    expect(await ask(address, '/console/api/slot/0', { headers: session })).toMatchObject({
      status: 200,
    });
  });

  it('answers no data without cookie and key of one session', async () => {
    const other = await post('/console/session', { token }, {});
    const [cookie = ''] = (other.headers['set-cookie'] ?? [''])[0]?.split(';') ?? [];
    const { key } = JSON.parse(other.text) as { key: string };
    const without = {
      nothing: {},
      'a cookie alone': { cookie: session.cookie },
      'a key alone': { 'x-muster-console': session['x-muster-console'] },
      'the key of another session': { cookie: session.cookie, 'x-muster-console': key },
      'the cookie of another session': { cookie, 'x-muster-console': session['x-muster-console'] },
      'the token for a key': { cookie: session.cookie, 'x-muster-console': token },
      'empty ones': { cookie: `${cookie.split('=')[0]}=.`, 'x-muster-console': '' },
      'a long key': { cookie: session.cookie, 'x-muster-console': 'x'.repeat(5_000) },
    } as Record<string, Record<string, string>>;
    const paths = [
      'api/stream',
      'api/slot/0',
      'api/store',
      'api/history/cluster',
      'api/logs',
      'api/',
    ];
    for (const [name, headers] of Object.entries(without)) {
      for (const path of name === 'nothing' ? paths : ['api/store']) {
        const { status, text } = await ask(address, `/console/${path}`, { headers });
        expect([name, path, status]).toEqual([name, path, 401]);
        expect(JSON.parse(text)).toMatchObject({ error: { code: 'MUSTER_CONSOLE' } });
      }
      expect((await post('/console/api/actions/stop', {}, headers)).status).toBe(401);
    }
  });

  it('shows what workers printed last, and what follows to a page that wants it', async () => {
    const looking = await Looking.open(address, session, '?logs=1');
    const { slot } = (await (await fetch(`${app}/who`)).json()) as { slot: number };
    const text = `asked ${slot} for /who`;
    const line = { slot, generation: 1, stream: 'stdout', text };
    await vi.waitFor(async () => {
      const { lines } = await read<LogsAnswer>(`logs?n=5&slot=${slot}`);
      expect(lines).toContainEqual(expect.objectContaining(line));
      expect(looking.all('log')).toContainEqual(expect.objectContaining(line));
    });
    looking.close();
    expect(await read<LogsAnswer>(`logs?slot=${1 - slot}&n=0`)).toEqual({ lines: [] });
    const wrong = await ask(address, '/console/api/logs?n=many', { headers: session });
    expect(wrong.status).toBe(400);
  });

  const TEXT = { 'content-type': 'text/plain' };
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
  const big = 'x'.repeat(10 * 1024 * 1024);
  /** Each with a good session, unless it says otherwise. */
  const REFUSED: readonly (readonly [name: string, path: string, asked: Asked, status: number])[] =
    [
      [
        'a name that an attacker made resolve',
        'api/store',
        { headers: { host: 'evil.example' } },
        421,
      ],
      ['the same, for the page', '', { headers: { host: 'evil.example:80' } }, 421],
      ['a sandboxed frame', 'api/store', { headers: { origin: 'null' } }, 403],
      ['another origin', 'api/store', { headers: { origin: 'http://evil.example' } }, 403],
      [
        'another port of this host',
        'api/store',
        { headers: { origin: 'http://127.0.0.1:1' } },
        403,
      ],
      ['a link of another port', 'api/store', { headers: { 'sec-fetch-site': 'same-site' } }, 403],
      [
        'an image of another site',
        'api/slot/0',
        { headers: { 'sec-fetch-site': 'cross-site' } },
        403,
      ],
      ['a form with text', 'api/actions/stop', { method: 'POST', headers: TEXT, body: '{}' }, 415],
      ['a form', 'api/actions/stop', { method: 'POST', headers: FORM, body: 'a=1' }, 415],
      ['a POST without a type', 'api/actions/stop', { method: 'POST', body: '{}' }, 415],
      ['a form for the token', 'session', { method: 'POST', headers: TEXT, body: '{}' }, 415],
      [
        'a token of another origin',
        'session',
        { method: 'POST', headers: { ...JSON_TYPE, origin: 'null' }, body: '{}' },
        403,
      ],
      [
        'what is no JSON',
        'api/actions/stop',
        { method: 'POST', headers: JSON_TYPE, body: '{' },
        400,
      ],
      ['a list', 'api/actions/stop', { method: 'POST', headers: JSON_TYPE, body: '[]' }, 400],
      [
        '10 MB',
        'api/actions/stop',
        { method: 'POST', headers: { ...JSON_TYPE, 'content-length': String(big.length) } },
        413,
      ],
      ['an action by GET', 'api/actions/stop', {}, 405],
      ['a preflight', 'api/actions/stop', { method: 'OPTIONS' }, 405],
      ['a preflight for data', 'api/store', { method: 'OPTIONS' }, 405],
      ['data by HEAD', 'api/store', { method: 'HEAD' }, 405],
      ['data by POST', 'api/store', { method: 'POST', headers: JSON_TYPE, body: '{}' }, 405],
      ['the page by POST', '', { method: 'POST' }, 405],
      ['the token by GET', 'session?token=', {}, 405],
      ['a way up', '../status', {}, 404],
      ['a hidden way up', '%2e%2e/status', {}, 404],
      ['a way up from the files', 'assets/../../package.json', {}, 404],
      ['a NUL', 'index.html%00', {}, 404],
      ['a double slash', '/api/store', {}, 404],
      ['a double slash below', 'api//store', {}, 404],
      ['a hidden slash', 'api%2fstore', {}, 404],
      ['a slot that is not there', 'api/slot/7', {}, 404],
      ['a slot that is none', 'api/slot/-1', {}, 404],
      ['a name of an object', 'api/__proto__', {}, 404],
      ['a queue with a broken name', 'api/queue/%/failed', {}, 404],
      [
        'an action that is none',
        'api/actions/constructor',
        { method: 'POST', headers: JSON_TYPE, body: '{}' },
        404,
      ],
    ];

  it.each(REFUSED)('refuses %s', async (_, path, asked, status) => {
    const headers = { ...session, ...asked.headers };
    expect((await ask(address, `/console/${path}`, { ...asked, headers })).status).toBe(status);
  });

  it('closes the connection of a body that is too long, late or broken, and goes on', async () => {
    const head = (more: string) =>
      `POST /console/session HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n${more}\r\n\r\n`;
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const [long, late, nul] = await Promise.all([
      sendBytes(address, head('transfer-encoding: chunked') + chunk.repeat(20)),
      sendBytes(address, `${head('content-length: 100')}{"token"`),
      sendBytes(address, 'GET /console/\0 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'),
    ]);
    expect(long === '' || long.startsWith('HTTP/1.1 413 ')).toBe(true);
    expect(late).toMatch(/^HTTP\/1\.1 408 /);
    expect(nul).toMatch(/^HTTP\/1\.1 400 /);
    expect((await ask(address, '/console/')).status).toBe(200);
  });

  it('tells everything by a stream, in which a crash and what follows are seen', async () => {
    const looking = await Looking.open(address, session);
    await vi.waitFor(() => expect(looking.all('sample').length).toBeGreaterThan(1));
    expect(looking.events[0]?.[0]).toBe('hello');
    const [hello] = looking.all('hello');
    expect(hello).toMatchObject({
      readOnly: false,
      intervalMs: 1_000,
      name: expect.stringMatching(/^muster-console-/),
      status: { state: 'running', workers: [{ slot: 0 }, { slot: 1 }] },
      parts: { machines: { available: false }, profile: { available: true } },
    });
    expect(hello?.events.map(({ type }) => type)).toContain('worker.ready');
    await vi.waitFor(async () => {
      await fetch(`${app}/who`);
      const rows = looking.all('sample').at(-1)?.slots ?? [];
      const p99 = hello?.series.slot.indexOf('responseP99Ms') ?? -1;
      const rss = hello?.series.slot.indexOf('rssBytes') ?? -1;
      expect(rows.map(([slot, , state]) => [slot, state])).toEqual([
        [0, 'ready'],
        [1, 'ready'],
      ]);
      expect(rows.some((row) => Number(row[3 + p99]) > 0)).toBe(true);
      expect(rows.every((row) => Number(row[3 + rss]) > 1e6)).toBe(true);
    });
    const { pid } = (await (await fetch(`${app}/who`)).json()) as { pid: number };
    process.kill(pid, 'SIGKILL');
    expect(await looking.event('worker.exit')).toMatchObject({
      level: 'error',
      exit: { pid, signal: 'SIGKILL', planned: false },
    });
    await looking.event('worker.ready');
    await vi.waitFor(() => {
      const workers = looking.all('status').at(-1)?.workers ?? [];
      expect(workers.map(({ generation, state }) => `${generation} ${state}`).sort()).toEqual([
        '1 ready',
        '2 ready',
      ]);
    });
    looking.close();
    const history = await read<{ fine: { series: Record<string, unknown[]> } }>('history/cluster');
    expect(history.fine.series.cpu?.length).toBeGreaterThan(1);
    const slots = await Promise.all(['0', '1'].map((slot) => read<SlotStatus>(`slot/${slot}`)));
    expect(slots.flatMap(({ exits }) => exits)).toMatchObject([{ signal: 'SIGKILL' }]);
  });

  it('does what two pages ask for, each in turn, and tells both how it went', async () => {
    const pages = await Promise.all([1, 2].map(() => Looking.open(address, session)));
    const asked = await Promise.all([
      post('/console/api/actions/reload', {}),
      post('/console/api/actions/restart', { slot: 1 }),
    ]);
    expect(asked.map(({ status }) => status)).toEqual([202, 202]);
    const operations = asked.map(
      ({ text }) => (JSON.parse(text) as { operation: string }).operation,
    );
    for (const page of pages) {
      await vi.waitFor(() => {
        const done = page.all('event').filter(({ type }) => type === 'action.done');
        expect(done.map(({ operation }) => operation).sort()).toEqual(operations.sort());
      });
      const types = page.all('event').map(({ type }) => type);
      for (const type of ['reload.start', 'reload.canary', 'reload.progress', 'reload.done']) {
        expect(types).toContain(type);
      }
      page.close();
    }
  });

  it('refuses what the cluster refuses, with its code', async () => {
    const wrong: [string, unknown][] = [
      ['restart', { slot: 9 }],
      ['restart', { slot: '0' }],
      ['restart', { slot: 0, force: true }],
      ['reload', { role: 'nobody' }],
      ['reload', { signal: {} }],
      ['scale', { workers: -1 }],
      ['scale', { workers: 1e9 }],
      ['scale', { workers: 1, role: '__proto__' }],
      ['scale', {}],
      ['stop', { now: true }],
      ['profile', { slot: 0, forMs: 0 }],
      ['profile', { slot: 9 }],
      ['retry', { queue: 'mail' }],
    ];
    for (const [action, body] of wrong) {
      const { status, text } = await post(`/console/api/actions/${action}`, body);
      expect([action, body, status]).toEqual([action, body, 400]);
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'MUSTER_INVALID_OPTION' } });
    }
  });

  it('gives a profile as a download', async () => {
    const { status, headers, text } = await post('/console/api/actions/profile', {
      slot: 0,
      forMs: 50,
    });
    expect(status).toBe(200);
    expect(headers['content-disposition']).toMatch(
      /^attachment; filename="slot-0-.*\.cpuprofile"$/,
    );
    expect(JSON.parse(text)).toMatchObject({ nodes: expect.any(Array) });
  });

  it('shows locks, limits and queues, and retries a job without telling its data', async () => {
    await fetch(`${app}/store`);
    await using store = createSharedStore({ url: `lmdb:${join(folder, 'store')}` });
    await using lock = await store.lock('nightly', { ttlMs: 60_000 });
    await store.rateLimit('mails', { limit: 5, periodMs: 60_000 }).take('ada', 2);
    const queue = createQueue<{ to: string }>({ store, name: 'mail / 1', attempts: 1 });
    await queue.add({ to: 'secret@example.com' }, { id: 'one' });
    const worker = queue.work(() => {
      throw new Error('no such host');
    });
    await vi.waitFor(async () => expect((await queue.counts()).failed).toBe(1));
    await worker.close();
    await vi.waitFor(async () => {
      const answer = await read<StoreAnswer>('store');
      expect(answer).toMatchObject({
        engine: 'embedded',
        locks: {
          items: [{ kind: 'lock', name: 'nightly', holders: [{ token: lock.token }], waiting: 0 }],
        },
        limits: { items: [{ name: 'mails', id: 'ada', taken: [2] }] },
        queues: { items: [{ name: 'mail / 1', failed: 1 }] },
      });
    });
    const path = `/console/api/queue/${encodeURIComponent('mail / 1')}/failed`;
    const { text } = await ask(address, path, { headers: session });
    expect(JSON.parse(text)).toMatchObject({
      jobs: [{ id: 'one', attempts: 1, error: { message: 'no such host' } }],
      more: false,
    });
    expect(text).not.toContain('secret@');
    const retried = await post('/console/api/actions/retry', { queue: 'mail / 1', id: 'one' });
    expect([retried.status, retried.text]).toEqual([200, '{"retried":true}']);
    expect((await queue.counts()).waiting).toBe(1);
    await queue.close();
  });

  it('has few pages at once', async () => {
    const opened = await Promise.allSettled(
      Array.from({ length: 20 }, () => Looking.open(address, session)),
    );
    const open = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(open).toHaveLength(8);
    for (const looking of open) looking.close();
  });

  it('is opened by the link that `muster console` prints', async () => {
    const command = runProgram(MUSTER, { args: ['console', '--socket', socket] });
    expect(await command.exited).toEqual({ code: 0, signal: null });
    expect(command.output()).toBe(`${address}/console/#t=${token}\n`);
  });

  it('limits wrong tokens, and still takes the right one', async () => {
    const wrong = async () => (await post('/console/session', { token: 'guess' }, {})).status;
    const statuses: number[] = [];
    for (let left = 12; left > 0; left--) statuses.push(await wrong());
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    expect((await post('/console/session', { token }, {})).status).toBe(200);
    await program.printed(/warn console\.guesses: .*127\.0\.0\.1/);
  });

  it('tells its token to nobody else, and stops the cluster when it is asked to', async () => {
    const [status, metrics] = await Promise.all(
      ['/status', '/metrics'].map((path) => ask(address, path)),
    );
    const called = JSON.stringify(await control.call('status'));
    const looking = await Looking.open(address, session);
    expect((await post('/console/api/actions/stop', {})).status).toBe(202);
    expect(await looking.event('cluster.stop')).toMatchObject({ level: 'info' });
    const refused = await post('/console/api/actions/reload', {}).catch(() => undefined);
    // The cluster may be gone by now.
    expect([503, undefined]).toContain(refused?.status);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    const told = [
      status?.text,
      metrics?.text,
      called,
      program.output(),
      JSON.stringify(looking.events),
    ];
    for (const text of told) expect(text).not.toContain(token);
    expect(program.output()).toMatch(
      /console\.open: The console is http:\S+\/console\/; `muster console`/,
    );
  });
});
