import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { examplesOf } from '../support/guide.js';
import { createClient } from '../support/http-client.js';
import { Image } from '../support/image.js';
import { packAll } from '../support/pack.js';
import { type Program, runProgram } from '../support/program.js';
import { freePort } from '../support/redis/free-port.js';
import { tarballsIn } from '../support/release-plan.js';

const run = promisify(execFile);
const { example } = await examplesOf('README.md', 'js', ['example']);

describe('the packed packages, installed into an empty folder', () => {
  /** Of this file's own, with the next one in it. */
  let base: string;
  let folder: string;

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'muster-install-'));
    folder = join(base, 'project');
    await mkdir(folder);
    await rename(await packAll('git+https://example.com/muster.git'), join(base, 'tarballs'));
    const files = (await readdir(join(base, 'tarballs'))).map((name) => `../tarballs/${name}`);
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    // Not --prefer-offline: out of a cache that lacks packages of other platforms comes a lock file that `npm ci` refuses.
    await run('npm', ['install', '--no-audit', '--no-fund', ...files], {
      cwd: folder,
    });
  });

  afterAll(() => rm(base, { recursive: true, force: true }));

  it('each comes after those that it needs, and has what is run and its types, and nothing else', async () => {
    const tarballs = await tarballsIn(join(base, 'tarballs'));
    const names = tarballs.map(({ name }) => name.replace('@muster/', ''));
    expect(names).toEqual([
      ...['codec', 'bus', 'console', 'store', 'machines', 'queue', 'core', 'session', 'adapters'],
    ]);
    const kinds =
      /^(lib\/.*\.js|dist\/.*\.d\.ts|static\/(index\.html|assets\/[^/]+)|package\.json|config\.schema\.json|README\.md|LICENSE)$/;
    expect(tarballs.flatMap(({ files }) => files).filter((file) => !kinds.test(file))).toEqual([]);
  });

  it('have no link that only works in the repository', async () => {
    for (const { file, name, version } of await tarballsIn(join(base, 'tarballs'))) {
      const read = async (path: string) =>
        (await run('tar', ['-xzOf', file, `package/${path}`])).stdout;
      const readme = await read('README.md');
      const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
      expect(links.filter((link) => !/^(https:|#)/.test(link))).toEqual([]);
      if (name === '@muster/bus') {
        expect(links).toContain(`https://example.com/muster/blob/v${version}/docs/guide/bus.md`);
      }
      expect(JSON.parse(await read('package.json'))).toMatchObject({
        homepage: 'https://example.com/muster#readme',
        repository: { url: 'git+https://example.com/muster.git' },
      });
    }
  });

  it.each([
    { how: 'import', file: 'app.mjs', adapt: (code: string) => code },
    {
      how: 'require',
      file: 'app.cjs',
      adapt: (code: string) =>
        code
          .replaceAll(/import (\{.*?\}) from ('.*?');/g, 'const $1 = require($2);')
          .replace('await startCluster', 'startCluster'),
    },
  ])('run the example of the README, by $how', async ({ file, adapt }) => {
    const port = await freePort();
    const code = adapt(example).replace('listen(3000)', `listen(${port})`);
    expect(code).toContain(String(port));
    await writeFile(join(folder, file), code);

    await using program = runProgram(join(folder, file), { cwd: folder });
    const client = createClient(port);
    // The example says nothing when it is up, so it is asked until it answers.
    const answer = await vi.waitFor(() => client.get('/'), { timeout: 20_000, interval: 100 });
    const first = Number(answer.body.match(/^visit (\d+)\n$/)?.[1]);
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.get('/')));
    expect(answers.map(({ body }) => body).sort()).toEqual(
      Array.from({ length: 50 }, (_, index) => `visit ${first + 1 + index}\n`).sort(),
    );
    await program.printed(new RegExp(`visit ${first + 50}`));
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('compile the example of the README as strict TypeScript', async () => {
    await writeFile(join(folder, 'app.mts'), example);
    const root = new URL('../../node_modules/', import.meta.url).pathname;
    const strict = ['strict', 'exactOptionalPropertyTypes', 'noUncheckedIndexedAccess', 'noEmit'];
    const flags = strict.map((name) => `--${name}`);
    const node = ['--module', 'nodenext', '--types', 'node', '--typeRoots', join(root, '@types')];
    const told = await run(join(root, '.bin/tsc'), [...flags, ...node, 'app.mts'], { cwd: folder })
      // What is wrong is printed to stdout.
      .catch(({ stdout }: { stdout: string }) => ({ stdout }));
    expect(told.stdout).toBe('');
  });

  it('leave out of a worker what it does not use', async () => {
    const loaded = join(folder, 'loaded');
    const note = new URL('../../packages/core/test/fixtures/loaded-modules.js', import.meta.url);
    await writeFile(
      join(folder, 'lean.mjs'),
      `import { startCluster } from '@muster/core/cluster';
       const cluster = await startCluster({ workers: 1, worker() {}, ready: 'online' });
       if (cluster.isPrimary) await cluster.stop();`,
    );
    await using program = runProgram(join(folder, 'lean.mjs'), {
      cwd: folder,
      env: { NODE_OPTIONS: `--import=${note}`, LOADED_MODULES: loaded },
    });
    expect(await program.exited).toEqual({ code: 0, signal: null });
    const modules = (await readFile(`${loaded}.workers`, 'utf8')).split('\n');
    const ours = modules.filter((url) => url.includes('/node_modules/'));
    expect(ours.some((url) => url.endsWith('/core/dist/worker/lifecycle.js'))).toBe(true);
    const unused = /\/core\/dist\/primary\/|\/(bus|store)\/dist\/|\/superjson\//;
    expect(ours.filter((url) => unused.test(url))).toEqual([]);
  });

  it('bring the muster command along', async () => {
    const port = await freePort();
    const env = { ...process.env, MUSTER_RUNTIME_DIR: join(folder, 'run'), PORT: String(port) };
    const muster = (...args: string[]) =>
      run(join(folder, 'node_modules/.bin/muster'), args, { cwd: folder, env });
    await writeFile(
      join(folder, 'plain.cjs'),
      "require('node:http').createServer((_, res) => res.end('plain')).listen(process.env.PORT)",
    );
    const started = muster('start', 'plain.cjs', '-w', '2');
    try {
      await vi.waitFor(
        async () => expect((await muster('status')).stdout).toContain('2 of 2 ready'),
        {
          timeout: 20_000,
          interval: 200,
        },
      );
      expect((await createClient(port).get('/')).body).toBe('plain');
    } finally {
      await muster('stop');
    }
    await started;
    await expect(muster('status')).rejects.toMatchObject({ code: 3 });
  });

  it('make an image, as the guide builds it, that serves and drains', async () => {
    const guide = 'docs/guide/deploying.md';
    const { dockerfile } = await examplesOf(guide, 'dockerfile', ['dockerfile']);
    expect(validate(dockerfile)).toEqual([]);
    await writeFile(
      join(folder, '.dockerignore'),
      (await examplesOf(guide, 'gitignore', ['ignored'])).ignored,
    );
    await writeFile(join(folder, 'server.js'), COUNTING_SERVER);
    // What a developer's machine has, and the image must not.
    await mkdir(join(folder, '.muster'), { recursive: true });
    await writeFile(join(folder, '.muster/mine'), '');
    await writeFile(join(folder, 'node_modules/mine'), '');

    const image = new Image(base);
    await image.build(dockerfile, folder);
    expect(await readdir(join(base, 'app'))).toContain('server.js');
    for (const path of ['app/.muster', 'app/node_modules']) {
      expect(await readdir(join(base, path))).not.toContain('mine');
    }
    expect(image.from).toBe('node:22-slim');

    const [port, adminPort] = [await freePort(), await freePort()];
    await using container = image.run({ PORT: String(port) });
    await serves(container, port);
    expect(JSON.parse(container.output().split('\n')[0] ?? '')).toMatchObject({ level: 30 });
    container.kill('SIGTERM');
    expect(await container.exited).toEqual({ code: 0, signal: null });

    // The same image with the arguments of the pod.
    const { spec } = parse((await examplesOf(guide, 'yaml', ['pod'])).pod);
    const [app] = spec.containers;
    const [http, admin] = app.ports;
    expect(image.ports).toEqual([String(http.containerPort)]);
    const command = app.args.map((argument: string) =>
      argument.replace(`0.0.0.0:${admin.containerPort}`, `127.0.0.1:${adminPort}`),
    );
    expect(command).toContain(`127.0.0.1:${adminPort}`);
    await using pod = image.run({ PORT: String(port) }, command);
    await serves(pod, port);
    for (const probe of [app.startupProbe, app.readinessProbe, app.livenessProbe]) {
      expect((await createClient(adminPort).get(probe.httpGet.path)).status).toBe(200);
    }
    pod.kill('SIGTERM');
    expect(await pod.exited).toEqual({ code: 0, signal: null });
  });
});

/** The embedded store is where the app runs: it has to be writable for the app's user. */
const COUNTING_SERVER = `
  const { createServer } = require('node:http');
  const { createSharedStore } = require('@muster/core');
  const store = createSharedStore();
  createServer(async (_, res) => {
    const visits = await store.increment('visits').catch(String);
    res.end(JSON.stringify({ visits, user: process.getuid(), mode: process.env.NODE_ENV }));
  }).listen(process.env.PORT, '127.0.0.1');
`;

async function serves(container: Program, port: number) {
  await container.printed(/worker 0 .* is ready/);
  const { body } = await createClient(port).get('/');
  const { visits, user, mode } = JSON.parse(body);
  expect(visits).toBeGreaterThan(0);
  expect(user).not.toBe(0);
  expect(mode).toBe('production');
}
