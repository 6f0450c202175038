// The command lines of docs/guide/command.md, of the pages below it and of the main README, run by a shell as they are printed there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { MUSTER } from '../../support/deployment.js';
import { createProject, examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { withoutMuster } from '../../support/program.js';
import { freePort } from '../../support/redis/free-port.js';

const { first, calls } = await examplesOf('docs/guide/command.md', 'sh', ['first', 'calls']);
const START = 'docs/guide/command/start.md';
const { starts, linked } = await examplesOf(START, 'sh', ['starts', 'linked']);
const { linkedUnit } = await examplesOf(START, 'ini', ['linkedUnit']);
const STORE = 'docs/guide/command/store-and-queues.md';
const { store, queue } = await examplesOf(STORE, 'sh', ['store', 'queue']);
const SOCKET = 'docs/guide/command/control-socket.md';
const { unit: ini } = await examplesOf(SOCKET, 'ini', ['unit']);
const { server } = await examplesOf('README.md', 'sh', ['clone', 'server', 'redis']);

/** Without what is said about them. */
const linesOf = (code: string) =>
  code
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +#.*$/, ''));

/** A server in JavaScript and one in TypeScript, and `muster` as npm installs it, on PATH as well. */
async function projectWithServers() {
  const project = await createProject();
  const port = await freePort();
  const code = `require('node:http')
    .createServer((_, res) => res.end(process.argv.slice(2).join(' ')))
    .listen(${port}, '127.0.0.1');`;
  await project.write('server.js', code);
  await project.write('.env', 'COLOUR=red\n');
  await project.write('server.ts', `const text: string = 'typed';\n${code}`);
  await project.install('tsx');
  const bin = project.path('node_modules/.bin');
  await mkdir(bin);
  const command = `#!/bin/sh\nexec '${process.execPath}' '${MUSTER}' "$@"\n`;
  await writeFile(join(bin, 'muster'), command, { mode: 0o755 });
  const env = {
    ...withoutMuster(process.env),
    ...project.env,
    PATH: `${bin}:${process.env.PATH}`,
  };
  const sh = (line: string) => {
    // Which of the two npx finds is tested with installed packages (packages.test.ts).
    const command = line.replace('npx @muster/core ', 'muster ');
    const shell = spawn('/bin/sh', ['-c', command], {
      cwd: project.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(shell, 'close').then(([code]) => code as number);
    return Promise.all([ended, text(shell.stdout), text(shell.stderr)]);
  };
  return { project, port, sh };
}

const isRunning = (project: Awaited<ReturnType<typeof createProject>>) =>
  expect
    .poll(() => project.status().catch(String), { interval: 200 })
    .toMatchObject({ state: 'running' });

test.each([...linesOf(first), ...linesOf(starts)])('%s', async (line) => {
  const { project, port, sh } = await projectWithServers();
  await using _ = project;
  const started = sh(line);
  try {
    const { body } = await vi.waitFor(() => createClient(port).get('/'));
    expect(body).toBe(line.split(' -- ')[1] ?? '');
    await isRunning(project);
  } finally {
    await project.muster('stop');
  }
  expect((await started)[0]).toBe(0);
});

test('the store of an app is looked into, backed up, and restored', async () => {
  const { project, sh } = await projectWithServers();
  await using _ = project;
  await using app = await project.run(`
    import { createSharedStore } from '@muster/core';
    const store = createSharedStore();
    await store.set('user:ada', { name: 'Ada' });
    await store.close();`);
  expect(await app.exited).toMatchObject({ code: 0 });
  const outputs: string[] = [];
  for (const line of linesOf(store)) {
    // Nobody can be asked here.
    const yes = / (delete|restore) /.test(line) ? ' --yes' : '';
    const [code, stdout] = await sh(line.replace('/var/backups/shop', 'shop.backup') + yes);
    expect([line, code]).toEqual([line, 0]);
    outputs.push(stdout);
  }
  const [stat, ...rest] = outputs;
  expect(stat).toMatch(/^embedded, 1 entry\n/);
  expect(rest).toEqual([
    'user:ada\n',
    '{\n  "name": "Ada"\n}\n',
    '1 key deleted\n',
    '0 entries in shop.backup\n',
    '0 entries restored\n',
  ]);
});

test('the queue of an app is looked into, its failed job runs again, and its schedule runs', async () => {
  const { project, sh } = await projectWithServers();
  await using _ = project;
  await using app = await project.run(`
    import { createSharedStore } from '@muster/core';
    import { createQueue, createSchedule } from '@muster/queue';
    const store = createSharedStore();
    const rule = { store, name: 'nightly', cron: '0 0 1 1 *' };
    const schedule = createSchedule(rule, (run) => console.log('run', run.isManual));
    await schedule.next();
    const queue = createQueue({ store, name: 'mail', attempts: 1 });
    await queue.add({ to: 'ada' }, { id: 'welcome-7' });
    queue.work(() => { throw new Error('no such mailbox'); });
    await queue.wait('welcome-7').catch(() => {});
    await queue.close();
    console.log('ready');`);
  await app.printed(/ready/);
  const outputs: string[] = [];
  for (const line of linesOf(queue)) {
    const [code, stdout] = await sh(line);
    expect([line, code]).toEqual([line, 0]);
    outputs.push(stdout);
  }
  expect(outputs[0]).toMatch(/mail/);
  expect(outputs[2]).toMatch(/welcome-7/);
  expect(outputs[3]).toMatch(/no such mailbox/);
  expect(outputs.at(-3)).toMatch(/: the run now-\S+ is done\n$/);
  expect(outputs.slice(-2)).toEqual([
    expect.stringMatching(/^SCHEDULE [\s\S]*\nruns: 0 waiting, .* are kept\n$/),
    'No run has failed.\n',
  ]);
  expect(app.output()).toContain('run true');
});

/** What a unit of systemd says of one thing. */
const valueIn = (unit: string, name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];

test.each([
  { how: 'from within the link', line: linked.trim() },
  {
    how: 'as the unit says it',
    line: `cd ${valueIn(linkedUnit, 'WorkingDirectory')} && exec ${valueIn(linkedUnit, 'ExecStart')}`,
  },
])('a deploy by a link is followed, started $how', async ({ line }) => {
  const { project, port, sh } = await projectWithServers();
  await using _ = project;
  const release = async (name: string) => {
    await project.write(`shop/releases/${name}/version.txt`, name);
    const code = `const version = require('node:fs').readFileSync('version.txt');
      require('node:http').createServer((_, res) => res.end(version)).listen(${port}, '127.0.0.1');`;
    await project.write(`shop/releases/${name}/server.js`, code);
    await symlink(`releases/${name}`, project.path('shop/next'));
    await rename(project.path('shop/next'), project.path('shop/current'));
  };
  await release('1');
  const started = sh(
    line
      .replaceAll('/srv/shop/current/node_modules/.bin/muster', 'muster')
      .replaceAll('/srv/shop', project.path('shop')),
  );
  const answer = async () => (await createClient(port).get('/')).body;
  try {
    expect(await vi.waitFor(answer)).toBe('1');
    await isRunning(project);
    await release('2');
    await project.muster('reload');
    expect(await answer()).toBe('2');
  } finally {
    await project.muster('stop');
  }
  const [code, , stderr] = await started;
  expect(stderr).not.toContain('will not follow');
  expect(code).toBe(0);
});

test('the commands that look and change, one after the other', async () => {
  const { project, port, sh } = await projectWithServers();
  await using _ = project;
  const lines = linesOf(calls);
  expect(lines).toEqual(
    [
      'status',
      'status --machines',
      'describe 2',
      'top',
      'reload',
      'scale 6',
      'restart 2',
      'stop',
      'list',
    ].map((call) => `muster ${call}`),
  );
  const [start, ...others] = linesOf(server);
  expect(lines).toEqual(
    expect.arrayContaining(others.map((line) => line.replace('npx @muster/core', 'muster'))),
  );
  const started = sh(start as string);
  try {
    await vi.waitFor(() => createClient(port).get('/'));
    await isRunning(project);
    for (const line of lines) {
      const [code, , stderr] = await sh(line);
      // This cluster has joined no others, and the command says so.
      const isRefused = line.endsWith('--machines');
      expect([line, code]).toEqual([line, isRefused ? 1 : 0]);
      expect(stderr).toMatch(isRefused ? /joined no other machines/ : /^$/);
      if (line.endsWith('scale 6')) expect((await project.status()).workers).toHaveLength(6);
    }
  } finally {
    // Where a line failed.
    await project.muster('stop', '--force').catch(() => {});
  }
  expect((await started)[0]).toBe(0);
});

test('the options of the guide are those of muster start', async () => {
  await using project = await createProject();
  const guide = await readFile(new URL(`../../../${START}`, import.meta.url), 'utf8');
  const starting = guide.slice(guide.indexOf('## Options'), guide.indexOf('## Variables'));
  const table = [...starting.matchAll(/^\| (`-.*?) +\|/gm)].map(([, names]) => names).join(' ');
  const flags = (text: string) => [...new Set(text.match(/--[a-z-]+/g))].sort();
  const help = await project.muster('start', '--help');
  // Of what follows `--`, and of every command.
  const own = flags(help).filter((flag) => flag !== '--help' && flag !== '--port');
  expect(flags(table)).toEqual(own);
});

test('the systemd unit names the folder that it makes', () => {
  expect(valueIn(ini, 'Environment')).toBe(
    `MUSTER_RUNTIME_DIR=/run/${valueIn(ini, 'RuntimeDirectory')}`,
  );
  expect(valueIn(ini, 'RuntimeDirectoryMode')).toBe('0700');
});
