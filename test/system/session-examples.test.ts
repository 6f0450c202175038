// The examples of the guide to sessions, run as they are: a cluster each, asked over HTTP.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createClient } from '../support/http-client.js';
import { runProgram } from '../support/program.js';
import { freePort } from '../support/redis/free-port.js';

test.each(['express', 'fastify', 'koa', 'hono'])(
  'docs/examples/sessions/%s.js: one session on all workers, from login to logout',
  async (framework) => {
    const file = new URL(`../../docs/examples/sessions/${framework}.js`, import.meta.url);
    const cwd = await mkdtemp(join(tmpdir(), 'muster-session-example-'));
    const port = await freePort();
    const program = runProgram(file, { cwd, env: { PORT: String(port) } });
    onTestFinished(async () => {
      program.kill('SIGTERM');
      await program.exited;
      await rm(cwd, { recursive: true, force: true });
    });
    const browser = createClient(port);
    await vi.waitFor(async () => expect((await browser.get('/me')).status).toBe(401), {
      timeout: 20_000,
      interval: 50,
    });
    expect((await browser.post('/login/ada')).body).toEqual({ name: 'ada' });
    const processes = new Set<number>();
    let visits = 0;
    // A worker may still be starting when the other one answers.
    await vi.waitFor(
      async () => {
        visits += 1;
        const { body } = await browser.get('/me');
        expect(body).toMatchObject({ name: 'ada', visits });
        processes.add(body.process);
        expect(processes.size).toBeGreaterThan(1);
      },
      { timeout: 20_000, interval: 20 },
    );

    if (framework === 'hono') {
      const names = Array.from({ length: 20 }, (_, n) => `file-${n}`);
      await Promise.all(names.map((name) => browser.post(`/files/${name}`, {})));
      expect(Object.keys((await browser.get('/files')).body).sort()).toEqual(names.sort());
    }
    if (framework !== 'express') {
      expect((await browser.post('/logout')).status).toBe(200);
      expect((await browser.get('/me')).status).toBe(401);
      return;
    }
    const other = createClient(port);
    await other.post('/login/ada');
    expect((await browser.get('/devices')).body).toHaveLength(2);
    expect((await browser.post('/logout-others')).body).toEqual({ ended: 1 });
    expect((await other.get('/me')).status).toBe(401);
    expect((await browser.get('/me')).status).toBe(200);
  },
);
