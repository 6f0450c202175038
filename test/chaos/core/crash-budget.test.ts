// Small trouble that stays small: what crashes is tried again for as long as it takes, and nobody else is ended for it.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { round } from '../rounds.js';
import { Deployment, NO_FAILURES } from './deployment.js';

const FRAIL = fileURLToPath(new URL('./frail-app.js', import.meta.url));
const { crashes, tries, clients } = round({
  short: { crashes: 6, tries: 8, clients: 4 },
  full: { crashes: 100, tries: 100, clients: 16 },
});

/** Milliseconds for what follows a crash to come to rest, on a machine under load. */
const REST = { timeout: 120_000 + tries * 5_000, interval: 50 };
const restart = { minDelayMs: 10, maxDelayMs: 50, stableMs: 300 };

async function ask(deployment: Deployment, path: string): Promise<number> {
  const url = `http://127.0.0.1:${deployment.port}${path}`;
  const response = await fetch(url, { headers: { connection: 'close' } });
  await response.text();
  return response.status;
}

async function readyz(deployment: Deployment): Promise<string> {
  const [, address] = /The admin endpoint is (http:\S+)\./.exec(deployment.output()) ?? [];
  const response = await fetch(`${address}/readyz`);
  return `${response.status} ${await response.text()}`;
}

/** Lines of the cluster's own log with this in it. */
function lines(deployment: Deployment, pattern: RegExp): string[] {
  return deployment
    .output()
    .split('\n')
    .filter((line) => pattern.test(line));
}

test(
  'one request in particular crashes stable workers, and all others are answered',
  async () => {
    await using deployment = await Deployment.start({
      ...{ workers: 2, worker: FRAIL },
      // Whoever was ready for a millisecond is stable.
      restart: { ...restart, stableMs: 1 },
    });
    let answered = 0;
    for (let crash = 0; crash < crashes; crash += 1) {
      // What is asked meanwhile is answered by whoever is there.
      await vi.waitFor(async () => {
        expect(await ask(deployment, '/')).toBe(200);
        answered += 1;
        const { workers } = await deployment.status();
        expect(workers.map(({ state }) => state)).toEqual(['ready', 'ready']);
        // The client knows of a crash before the primary does, which would take the dead one for ready.
        expect(workers.reduce((sum, one) => sum + one.crashes, 0)).toBe(crash);
      }, REST);
      await expect(ask(deployment, '/poison')).rejects.toThrow();
      expect(await ask(deployment, '/')).toBe(200);
    }
    console.log(JSON.stringify({ crashes, answered }));
    await vi.waitFor(async () => {
      const { workers, degraded } = await deployment.status();
      expect(workers.reduce((sum, one) => sum + one.crashes, 0)).toBe(crashes);
      expect(degraded).toBeUndefined();
    }, REST);
    expect(deployment.output()).not.toContain('degraded');
  },
  120_000 + crashes * 10_000,
);

test(
  'a worker is killed while the file on disk is broken: the others serve, and it comes back when that is repaired',
  async () => {
    await using deployment = await Deployment.start({
      workers: 4,
      restart,
      admin: { port: 0 },
    });
    const load = await deployment.load(clients);
    const [first, ...others] = await deployment.servingPids();
    await deployment.deploy('const = 1;');
    process.kill(first as number, 'SIGKILL');
    await vi.waitFor(async () => {
      const { workers, degraded } = await deployment.status();
      expect(workers[0]?.restarts).toBeGreaterThan(tries);
      expect(degraded).toMatchObject({ slots: [0] });
    }, REST);
    expect(await deployment.servingPids()).toEqual(others);
    const { roles } = await deployment.status();
    expect(roles[0]).toMatchObject({ ready: 3, state: 'running', degraded: { slots: [0] } });
    expect(roles[0]?.degraded?.reason).toMatch(
      /slot 0 exited with code 1 before it was ready, \d+/,
    );
    expect(await readyz(deployment)).toMatch(
      /^200 ready: 3 of 4 workers serve; degraded: .*slot 0/,
    );
    expect(lines(deployment, /is degraded/)).toHaveLength(1);
    // Of the tries ever fewer are told.
    expect(lines(deployment, /exited with code 1 before it was ready/).length).toBeLessThan(tries);

    await deployment.deploy();
    await vi.waitFor(async () => {
      const { degraded } = await deployment.status();
      expect(degraded).toBeUndefined();
      expect(await deployment.servingPids()).toHaveLength(4);
    }, REST);
    expect(lines(deployment, /has recovered/)).toHaveLength(1);
    expect((await deployment.servingPids()).slice(1)).toEqual(others);
    const { answered, resets, codes, ...failures } = await load.stop();
    console.log(JSON.stringify({ tries, answered, codes }));
    // What the killed one was answering, and nothing after it.
    expect(resets).toBeLessThanOrEqual(clients);
    const { resets: _, codes: __, ...none } = NO_FAILURES;
    expect(failures).toEqual(none);
  },
  300_000 + tries * 15_000,
);

/** A database that can be away. */
class Database {
  readonly path: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async come(): Promise<void> {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket.on('error', () => {}));
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.path, resolve));
  }

  async go(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await closed;
  }
}

test(
  'a database is away for longer than any budget, and the cluster is back by itself once it is there',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-database-'));
    const database = new Database(join(folder, 'socket'));
    await database.come();
    await using deployment = await Deployment.start({
      ...{ workers: 2, worker: FRAIL, restart, admin: { port: 0 } },
      env: { DATABASE: database.path },
    });
    expect(await readyz(deployment)).toBe('200 ready: 2 of 2 workers serve\n');
    await database.go();
    await vi.waitFor(async () => {
      const { workers } = await deployment.status();
      expect(Math.min(...workers.map(({ restarts }) => restarts))).toBeGreaterThan(tries);
    }, REST);
    const { degraded, state } = await deployment.status();
    expect(state).toBe('running');
    expect(degraded?.slots).toEqual([0, 1]);
    expect(await readyz(deployment)).toMatch(/^503 not ready: 0 of 2 workers serve; degraded: /);
    expect(lines(deployment, /is degraded/)).toHaveLength(1);

    await database.come();
    await vi.waitFor(async () => {
      expect(await ask(deployment, '/')).toBe(200);
      expect((await deployment.status()).degraded).toBeUndefined();
      expect(await readyz(deployment)).toBe('200 ready: 2 of 2 workers serve\n');
    }, REST);
    expect(lines(deployment, /has recovered/)).toHaveLength(1);
    await deployment[Symbol.asyncDispose]();
    await database.go();
    await rm(folder, { recursive: true });
  },
  300_000 + tries * 15_000,
);

test('with restart.giveUp a role ends when nothing of it serves, and not before', async () => {
  await using deployment = await Deployment.start({
    workers: 2,
    restart: { ...restart, giveUp: { maxCrashes: 3 } },
  });
  const [first, second] = await deployment.servingPids();
  await deployment.deploy('process.exit(9);');
  process.kill(first as number, 'SIGKILL');
  await vi.waitFor(async () => {
    const { workers } = await deployment.status();
    expect(workers[0]?.crashes).toBeGreaterThan(6);
  }, REST);
  expect(await deployment.servingPids()).toEqual([second]);
  process.kill(second as number, 'SIGKILL');
  expect(await deployment.exited).toEqual([70, null]);
  expect(deployment.output()).toMatch(/within 60000 ms, and nothing of the role serves/);
}, 180_000);
