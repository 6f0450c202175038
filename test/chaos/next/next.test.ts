// A real Next app, built and started with the files of docs/guide/next.md: what one worker revalidates is made anew once, for all.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { MUSTER } from '../../support/deployment.js';
import { changed, createProject, examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { runProgram } from '../../support/program.js';
import { round } from '../rounds.js';
import { APP } from './app.js';

// A build takes 25 s of a processor.
const isFull = round({ short: false, full: true });
const PATHS = {
  fetched: '/api/fetched',
  unstable: '/api/unstable',
  used: '/api/used',
  shown: '/page',
};

/** How often each thing was made. It takes a while, so that all who ask at once ask before it is there. */
const made = new Map<string, number>();
const maker = createServer(({ url = '' }, response) => {
  const name = url.slice(1);
  const count = (made.get(name) ?? 0) + 1;
  made.set(name, count);
  setTimeout(() => response.end(String(count)), 200);
});
beforeAll(() => once(maker.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => void maker.close());

test.runIf(isFull)(
  'a tag is revalidated on one worker: one render, and all workers show it',
  async () => {
    await using project = await createProject();
    await project.install('next', 'react', 'react-dom');
    const guide = ['pages', 'useCache', 'config'] as const;
    const { pages, useCache, config } = await examplesOf('docs/guide/next.md', 'js', guide);
    await project.write('cache-handler.mjs', pages);
    await project.write('use-cache-handler.mjs', useCache);
    const { external } = await examplesOf('docs/guide/frameworks.md', 'js', ['external']);
    const [, bundling = ''] = /\{\n(.*)\};/s.exec(external) ?? [];
    expect(bundling).toContain('lmdb');
    const start = 'export default {';
    await project.write(
      'next.config.mjs',
      changed(config, start, `${start} cacheComponents: true,\n${bundling}`),
    );
    for (const [name, text] of Object.entries(APP)) await project.write(name, text);

    const counter = `http://127.0.0.1:${(maker.address() as AddressInfo).port}`;
    const production = { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
    const options = {
      cwd: project.folder,
      env: { ...project.env, ...production, COUNTER: counter, PORT: '0' },
    };
    const next = project.path('node_modules/next/dist/bin/next');
    await using build = runProgram(next, { ...options, args: ['build', '--webpack'] });
    expect(await build.exited, build.output()).toMatchObject({ code: 0 });
    await using program = runProgram(MUSTER, {
      ...options,
      args: ['start', 'server.js', '-w', '3'],
    });
    const [, port] = await program.printed(/3 workers on http:\S+:(\d+)/);

    const client = createClient(Number(port));
    const pids = new Set<number>();
    const askTwelve = (path: string) =>
      Promise.all(
        Array.from({ length: 12 }, async () => {
          const { body } = await client.get(path);
          if (typeof body === 'string') return Number(/count (\d+)/.exec(body)?.[1]);
          pids.add(body.pid);
          return Number(body.count);
        }),
      );
    // What nobody has made yet, each worker makes.
    for (const path of Object.values(PATHS)) {
      await vi.waitFor(async () => expect(new Set(await askTwelve(path)).size).toBe(1));
    }
    for (let turn = 0; turn < 3; turn++) {
      const before = new Map(made);
      await client.post('/api/revalidate');
      await Promise.all(
        Object.entries(PATHS).map(async ([name, path]) => {
          const anew = (before.get(name) ?? 0) + 1;
          // Next answers the revalidation before its handlers have.
          await vi.waitFor(async () => expect(await askTwelve(path)).toContain(anew));
          expect(await askTwelve(path), name).toEqual(Array(12).fill(anew));
          expect(made.get(name), name).toBe(anew);
        }),
      );
    }
    expect(pids.size).toBe(3);
    // What a route handler imports is in its bundle, and the store is one.
    for (const visits of [1, 2, 3, 4]) {
      expect((await client.get('/api/visits')).body).toEqual({ visits });
    }
  },
  600_000,
);
