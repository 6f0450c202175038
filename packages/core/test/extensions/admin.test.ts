import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';

const FIXTURE = new URL('../fixtures/unwell.js', import.meta.url);

let folder: string;
const programs: Program[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-admin-'));
});

afterEach(async () => {
  for (const program of programs.splice(0)) await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: object, env: Record<string, string> = {}) {
  const port = await freePort();
  const CLUSTER_OPTIONS = JSON.stringify(options);
  const program = runProgram(FIXTURE, {
    cwd: folder,
    env: { PORT: String(port), CLUSTER_OPTIONS, ...env },
  });
  programs.push(program);
  return { program, app: (path: string) => fetch(`http://127.0.0.1:${port}${path}`) };
}

async function run(options: object = {}, env: Record<string, string> = {}) {
  const started = await start({ admin: { port: 0 }, ...options }, env);
  const [, address = ''] = await started.program.printed(/admin endpoint is (http:\S+\d)\./);
  await started.program.printed(/cluster is up/);
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(address + path, init);
    const { status, headers } = response;
    return { status, headers, text: await response.text() };
  };
  /** The samples of `/metrics`, by name and labels. */
  const metrics = async () => {
    const { text } = await get('/metrics');
    const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  };
  return { ...started, address, get, metrics };
}

describe('the admin endpoint', () => {
  it('answers for the primary, the workers and the cluster', async () => {
    const { get, address } = await run();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await get('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
    expect(await get('/readyz?verbose')).toMatchObject({
      status: 200,
      text: 'ready: 2 of 2 workers serve\n',
    });
    const { status, headers, text } = await get('/status');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/json');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(JSON.parse(text)).toMatchObject({
      state: 'running',
      workers: [
        { slot: 0, state: 'ready' },
        { slot: 1, state: 'ready' },
      ],
    });
  });

  it('is not ready below its quorum, and not while the cluster stops', async () => {
    const { program, get, app } = await run({
      admin: { port: 0, readyQuorum: 1 },
      // So long that nobody misses the time without it.
      restart: { minDelayMs: 3_000, maxDelayMs: 3_000 },
    });
    const { pid } = JSON.parse(await (await app('/who')).text()) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect((await get('/readyz')).status).toBe(503), { interval: 5 });
    await vi.waitFor(async () => expect((await get('/readyz')).status).toBe(200), 20_000);
    const slow = app('/wait?for=enough');
    await program.printed(/asked \d for \/wait/);
    program.kill('SIGTERM');
    await vi.waitFor(async () => expect((await get('/readyz')).status).toBe(503));
    expect((await get('/healthz')).status).toBe(200);
    await writeFile(join(folder, 'enough'), '');
    expect(await (await slow).json()).toBe('slow but whole');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('refuses what it does not know, and goes on', async () => {
    const { get, address } = await run();
    expect(await get('/')).toMatchObject({ status: 404 });
    expect(await get('/__proto__')).toMatchObject({ status: 404 });
    expect(await get('/healthz/../status/')).toMatchObject({ status: 404 });
    const posted = await get('/status', { method: 'POST', body: 'x'.repeat(100_000) });
    expect(posted).toMatchObject({ status: 405 });
    expect(posted.headers.get('allow')).toBe('GET, HEAD');
    const head = await get('/status', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
    for (const nonsense of [
      '\0\0\0',
      'GET\r\n\r\n',
      `GET / HTTP/1.1\r\na: ${'b'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const socket = connect(Number(new URL(address).port), '127.0.0.1', () =>
        socket.write(nonsense),
      );
      socket.on('error', () => {}).resume();
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect((await get('/healthz')).status).toBe(200);
  });

  it('on an address that another machine has says so, and does not blame the port', async () => {
    const { program } = await start({ admin: { port: 0, host: '192.0.2.1' } });
    expect(await program.exited).toEqual({ code: 1, signal: null });
    expect(program.output()).toContain(
      'this machine has no such address. Give another `admin.host`',
    );
  });

  it('whose port is taken ends the start, before anything is forked', async () => {
    const { address } = await run();
    const { program } = await start({ admin: { port: Number(new URL(address).port) } });
    expect(await program.exited).toEqual({ code: 1, signal: null });
    expect(program.output()).toContain('MUSTER_ADMIN_LISTEN');
    expect(program.output()).toContain('another process has that port');
    expect(program.output()).not.toMatch(/ready \d/);
  });
});

describe('the metrics', () => {
  it('are those of the supervisor, of the store, and of the app in all workers', async () => {
    const { metrics, get, app } = await run({}, { METRICS: 'yes', NEAR_URL: inject('redisUrl') });
    await vi.waitFor(async () => {
      expect((await metrics()).get('muster_scrape_workers{outcome="answered"}')).toBe(2);
    }, 20_000);
    for (let n = 0; n < 10; n++) await app('/store');
    await vi.waitFor(async () => {
      const found = await metrics();
      expect(found.get('muster_workers{role="worker"}')).toBe(2);
      expect(found.get('muster_workers_ready{role="worker"}')).toBe(2);
      expect(
        found.get('muster_worker_resident_memory_bytes{role="worker",slot="1"}'),
      ).toBeGreaterThan(1e6);
      const requests = [0, 1].map(
        (slot) => found.get(`muster_worker_requests_total{role="worker",slot="${slot}"}`) ?? 0,
      );
      expect(requests.reduce((a, b) => a + b)).toBe(10);
      const call = 'call="increment",engine="embedded",outcome="ok"';
      expect(found.get(`muster_store_calls_total{${call}}`)).toBe(10);
      expect(found.get(`muster_store_call_duration_seconds_bucket{${call},le="+Inf"}`)).toBe(10);
      expect(found.get('app_started_total')).toBe(2);
      expect(found.get('app_slot')).toBe(1);
      expect(found.get('app_other')).toBe(2);
      // Of both workers together.
      expect(found.get('muster_store_near_reads_total{result="hit"}')).toBe(2);
      expect(found.get('muster_store_near_reads_total{result="miss"}')).toBeGreaterThan(1);
      // The Redis is shared with other tests, and what they do there may be a gap.
      expect(found.get('muster_store_near_entries')).toBeLessThanOrEqual(2);
      expect(found.has('muster_store_near_gaps_total')).toBe(true);
      const { workers } = JSON.parse((await get('/status')).text);
      for (const { near } of workers) expect(near?.hitsPerSecond).toBeGreaterThanOrEqual(0);
    }, 30_000);
  });

  it('count every request: those before the first heartbeat, and those of workers that were replaced', async () => {
    const { program, metrics, app } = await run({ reload: { watchMs: 0 } });
    const counted = async () => {
      const found = await metrics();
      return [0, 1].reduce(
        (sum, slot) =>
          sum + (found.get(`muster_worker_requests_total{role="worker",slot="${slot}"}`) ?? 0),
        0,
      );
    };
    for (let n = 0; n < 50; n++) await app('/who');
    program.kill('SIGHUP');
    for (let n = 0; n < 50; n++) await app('/who');
    for (const slot of [0, 1]) await program.printed(new RegExp(`^ready ${slot}\\.2 pid`, 'm'));
    let before = 0;
    await vi.waitFor(async () => {
      const now = await counted();
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
      expect(now).toBe(100);
    }, 20_000);
  });

  it('lack the gauges of a worker that hangs, and nothing else', async () => {
    const { program, get, metrics, app } = await run({}, { METRICS: 'yes' });
    await vi.waitFor(async () => {
      expect((await metrics()).get('muster_scrape_workers{outcome="answered"}')).toBe(2);
    }, 20_000);
    void app('/hang').catch(() => {});
    await program.printed(/asked \d for \/hang/);
    expect(await get('/readyz')).toMatchObject({ status: 200 });
    const found = await vi.waitFor(async () => {
      const now = await metrics();
      expect(now.get('muster_scrape_workers{outcome="answered"}')).toBe(1);
      return now;
    });
    expect(found.get('muster_scrape_workers{outcome="silent"}')).toBe(1);
    expect(found.get('app_other')).toBe(1);
    expect(found.get('app_started_total')).toBe(2);
    expect(found.get('muster_workers_ready{role="worker"}')).toBe(2);
  });

  it('keep what workers that are gone have counted', async () => {
    const { program, metrics, app } = await run({}, { METRICS: 'yes' });
    await vi.waitFor(
      async () => expect((await metrics()).get('app_started_total')).toBe(2),
      20_000,
    );
    const { pid, slot } = JSON.parse(await (await app('/who')).text()) as {
      pid: number;
      slot: number;
    };
    process.kill(pid, 'SIGKILL');
    await program.printed(new RegExp(`^ready ${slot}\\.2 pid`, 'm'));
    await vi.waitFor(async () => {
      const found = await metrics();
      expect(found.get('app_started_total')).toBe(3);
      expect(found.get('muster_worker_crashes_total{role="worker",slot="0"}')).toBe(
        slot === 0 ? 1 : 0,
      );
    }, 20_000);
  });
});
