import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { examplesOf } from '../support/guide.js';
import { createClient } from '../support/http-client.js';
import { Image } from '../support/image.js';
import { packedFaults } from '../support/packed-faults.js';
import { type Program, runLine, runProgram } from '../support/program.js';
import { freePort } from '../support/redis/free-port.js';
import { tarballsIn } from '../support/release-plan.js';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;
const { example } = await examplesOf('README.md', 'js', ['example']);
const { required } = await examplesOf('docs/start.md', 'js', ['required']);
const start = await examplesOf('docs/start.md', 'sh', [
  'pack',
  'app',
  'look',
  'typescript',
  'commonjs',
  'server',
]);
const linesOf = (block: string) => block.trim().split('\n');
const [enter = '', ...installing] = linesOf(start.app).slice(1, 4);
const starting = linesOf(start.app).slice(4);

describe('the packed packages, installed into an empty folder', () => {
  /** Of this file's own, with the next ones in it. */
  let base: string;
  /** As docs/start.md has it made, before there is code in it. */
  let shop: string;
  let folder: string;

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'muster-install-'));
    [shop, folder] = [join(base, 'shop'), join(base, 'project')];
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(linesOf(start.pack).at(-1)).toBe('npx -y pnpm@12 pack:all ../muster-packages');
    const packing = `${scripts['pack:all']} ${base}/muster-packages git+https://example.com/muster.git`;
    await run('/bin/sh', ['-c', packing], { cwd: root });
    await mkdir(shop);
    expect(enter).toBe('cd shop');
    // Not --prefer-offline: out of a cache that lacks packages of other platforms comes a lock file that `npm ci` refuses.
    const env = { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false' };
    for (const line of installing) await run('/bin/sh', ['-c', line], { cwd: shop, env });
    await run('cp', ['-R', '-P', '-l', shop, folder]);
  }, 600_000);

  afterAll(() => rm(base, { recursive: true, force: true }));

  it('each comes after those that it needs, and has what is run and its types, and nothing else', async () => {
    const tarballs = await tarballsIn(join(base, 'muster-packages'));
    const names = tarballs.map(({ name }) => name.replace('@muster/', ''));
    expect(names).toEqual([
      ...[
        'codec',
        'bus',
        'console',
        'store',
        'machines',
        'queue',
        'core',
        'session',
        'adapters',
        'testing',
      ],
    ]);
    const kinds =
      /^(lib\/.*\.js|dist\/.*\.d\.ts|static\/(index\.html|assets\/[^/]+)|package\.json|config\.schema\.json|README\.md|LICENSE)$/;
    expect(tarballs.flatMap(({ files }) => files).filter((file) => !kinds.test(file))).toEqual([]);
  });

  it('have no fault that publint or Are the Types Wrong finds, and these find a planted one', async () => {
    const tarballs = await tarballsIn(join(base, 'muster-packages'));
    expect(await packedFaults(tarballs.map(({ file }) => file))).toEqual([]);

    const bad = join(base, 'bad/package');
    await mkdir(bad, { recursive: true });
    const about = { name: 'bad', version: '1.0.0', type: 'module', exports: './gone.js' };
    await writeFile(join(bad, 'package.json'), JSON.stringify(about));
    await writeFile(join(bad, 'here.d.ts'), 'export {};');
    await run('tar', ['-czf', `${bad}.tgz`, '-C', join(bad, '..'), 'package']);
    expect(await packedFaults([`${bad}.tgz`])).toEqual([
      expect.stringContaining('./gone.js but the file does not exist'),
      expect.stringMatching(/NoResolution.*"node16-esm"/),
      expect.stringMatching(/NoResolution.*"bundler"/),
    ]);
  });

  it('have no link that only works in the repository', async () => {
    for (const { file, name, version } of await tarballsIn(join(base, 'muster-packages'))) {
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
    ['README.md', 'app.mjs', example],
    ['docs/start.md', 'app.cjs', required],
  ])('run the example of %s, as %s', async (_, file, printed) => {
    const port = await freePort();
    await writeFile(join(folder, file), printed.replace('listen(3000)', `listen(${port})`));

    const env = { PORT: String(port) };
    await using program = runProgram(join(folder, file), { cwd: folder, env });
    const client = createClient(port);
    // The example says nothing when it is up, so it is asked until it answers.
    const answer = await vi.waitFor(() => client.get('/'), { timeout: 20_000, interval: 100 });
    const first = Number(answer.body.match(/^visit (\d+)\n$/)?.[1]);
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.get('/')));
    expect(answers.map(({ body }) => body).sort()).toEqual(
      Array.from({ length: 50 }, (_, index) => `visit ${first + 1 + index}\n`).sort(),
    );
    if (printed === example) await program.printed(new RegExp(`visit ${first + 50}`));
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('compile the example of the README as strict TypeScript', async () => {
    await writeFile(join(folder, 'app.mts'), example);
    const strict = ['strict', 'exactOptionalPropertyTypes', 'noUncheckedIndexedAccess', 'noEmit'];
    const flags = strict.map((name) => `--${name}`);
    const node = [
      '--module',
      'nodenext',
      '--types',
      'node',
      '--typeRoots',
      join(root, 'node_modules/@types'),
    ];
    const told = await run(join(root, 'node_modules/.bin/tsc'), [...flags, ...node, 'app.mts'], {
      cwd: folder,
    })
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

  it.each([
    { what: 'an ES module', lines: starting, looks: linesOf(start.look) },
    { what: 'TypeScript', lines: linesOf(start.typescript), looks: [] },
    { what: 'CommonJS', lines: linesOf(start.commonjs), looks: [] },
  ])('become the app of docs/start.md, as $what', async ({ what, lines, looks }) => {
    const cwd = join(base, what.replaceAll(' ', '-'));
    await run('cp', ['-R', '-P', '-l', shop, cwd]);
    const port = await freePort();
    const env = { PORT: String(port), MUSTER_RUNTIME_DIR: join(base, 'run') };
    const started = lines.at(-1) ?? '';
    expect(started).toBe('npm start');
    for (const line of lines.slice(0, -1)) {
      if (line === 'npm install --save-dev typescript @types/node') await installTypeScript(cwd);
      else await typed(line, cwd, env);
    }
    await using program = runLine(started, { cwd, env });
    const client = createClient(port);
    await vi.waitFor(() => client.get('/'), { interval: 100 });
    for (const visits of [2, 3, 4]) {
      expect((await client.get('/')).body).toMatch(new RegExp(`^visit ${visits}, answered by`));
    }
    for (const line of looks) await typed(line, cwd, env);
    if (looks.length > 0) expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('bring the page of the console along', async () => {
    const code = `const { readPage } = await import('@muster/console');
      console.log(JSON.stringify([...(await readPage()).keys()]));`;
    const node = ['--input-type=module', '--eval', code];
    const { stdout } = await run(process.execPath, node, { cwd: folder });
    const names = (JSON.parse(stdout) as string[]).map((name) =>
      name.replace(/-[\w-]{8}\./, '-#.'),
    );
    expect(names.sort()).toEqual([
      ...['assets/index-#.css', 'assets/index-#.js', 'assets/licenses.md', 'assets/mark-#.svg'],
      'index.html',
    ]);
  });

  it('bring the muster command along', async () => {
    const port = await freePort();
    const env = { MUSTER_RUNTIME_DIR: join(folder, 'run'), PORT: String(port) };
    await writeFile(
      join(folder, 'server.js'),
      "require('node:http').createServer((_, res) => res.end('plain')).listen(process.env.PORT)",
    );
    await using program = runLine(start.server, { cwd: folder, env });
    await program.printed(/is ready: 4 workers/);
    expect((await createClient(port).get('/')).body).toBe('plain');
    const muster = join(folder, 'node_modules/.bin/muster');
    await typed(`${muster} stop`, folder, env);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    await using status = runLine(`${muster} status`, { cwd: folder, env });
    expect(await status.exited).toMatchObject({ code: 3 });
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

/** Until it has succeeded. */
async function typed(line: string, cwd: string, env: Record<string, string>) {
  await using program = runLine(line, { cwd, env });
  expect(await program.exited, `${line}\n${program.output()}`).toEqual({ code: 0, signal: null });
}

/** As npm would, from here: another install takes as long as all the rest. */
async function installTypeScript(folder: string) {
  const names = ['typescript', '@types', '.bin/tsc'];
  for (const name of names) {
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
}

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
