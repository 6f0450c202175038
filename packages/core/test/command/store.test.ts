// `muster store`: a look into the store of an app, its backup, and the way back.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSharedStore, type SharedStore } from '@muster/store';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { createDeployment, type Deployment } from '../../../../test/support/deployment.js';
import { openTerminal } from '../../../../test/support/terminal/terminal.js';
import { STORE_FLAGS } from '../../dist/command/store/flags.js';

let deployment: Deployment;
let store: SharedStore;

beforeEach(async () => {
  deployment = await createDeployment();
  store = createSharedStore({ url: `lmdb:${join(deployment.app, '.muster/store')}` });
  await store.set('visits', 7);
  await store.set('rich', { at: new Date(0), big: 1n, odd: '\u202e' });
  await store.namespace('users').setMany([
    ['ada', { name: 'Ada' }],
    ['bob', { name: 'Bob' }],
  ]);
});

afterEach(async () => {
  await store.close();
  await deployment[Symbol.asyncDispose]();
});

const muster = async (...args: string[]) => {
  const { stdout, stderr, code } = await deployment.muster(['store', ...args]);
  return { stdout, stderr, code };
};

test('it shows keys, values and what there is, while the app has the store open', async () => {
  expect(await muster('keys')).toMatchObject({ code: 0, stdout: 'rich\nvisits\n' });
  expect((await muster('keys', 'a', '--namespace', 'users')).stdout).toBe('ada\n');
  expect((await muster('get', 'visits')).stdout).toBe('7\n');
  expect(JSON.parse((await muster('get', 'ada', '--namespace', 'users')).stdout)).toEqual({
    name: 'Ada',
  });
  const rich = await muster('get', 'rich');
  expect(JSON.parse(rich.stdout)).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    big: '1',
    odd: '\u202e',
  });
  expect(rich.stdout).toContain('\\u202e');
  expect((await muster('stat')).stdout).toMatch(/^embedded, 4 entries\n/);
  expect(JSON.parse((await muster('stat', '--json')).stdout)).toMatchObject({
    engine: 'embedded',
    namespaces: expect.arrayContaining([
      expect.objectContaining({ namespace: 'users', entries: 2 }),
    ]),
  });
});

test('it writes nothing without being told to, as nobody can be asked here', async () => {
  const file = join(deployment.app, 'backup');
  await writeFile(file, 'something else');
  for (const args of [
    ['delete', 'visits'],
    ['backup', file],
    ['restore', file],
  ]) {
    const { code, stderr } = await muster(...args);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^muster: Nothing was done.*give --yes/),
    ]);
  }
  expect(await store.get('visits')).toBe(7);
  expect(await muster('delete', 'visits', 'nothing', '--yes')).toMatchObject({
    code: 0,
    stdout: '1 key deleted\n',
  });
  expect(await store.has('visits')).toBe(false);
});

test('it asks on a terminal, and only a yes is one', async () => {
  const env = { ...deployment.env, PATH: `${deployment.bin}:${process.env.PATH}` };
  const window = await openTerminal({ cwd: deployment.app, env });
  onTestFinished(() => window[Symbol.asyncDispose]());
  const file = join(deployment.app, 'backup');
  await store.backup(file);
  const asks = async (command: string, question: RegExp) => {
    await window.enter(`clear; muster store ${command}; echo "ended with $?"`);
    await window.shows(question);
  };

  for (const { says, ends } of [
    { says: ['n', 'Enter'], ends: /Nothing was done\.\s+ended with 1/ },
    { says: ['Enter'], ends: /Nothing was done\.\s+ended with 1/ },
    { says: ['C-d'], ends: /Nothing was done\.\s+ended with 1/ },
    { says: ['C-c'], ends: /Nothing was done\.\s+ended with 1/ },
  ]) {
    await asks('delete visits', /1 key is deleted\. Go on\? \[y\/N\]/);
    await window.press(...says);
    await window.shows(ends);
    expect(await store.get('visits')).toBe(7);
  }
  await asks('delete visits', /Go on\?/);
  await window.enter('y');
  await window.shows(/1 key deleted\s+ended with 0/);
  expect(await store.has('visits')).toBe(false);

  await asks(
    'restore backup',
    /3 entries of the store are deleted, and what backup has is written\. Go on\?/,
  );
  await window.enter('yes');
  await window.shows(/4 entries restored\s+ended with 0/);
  expect(await store.get('visits')).toBe(7);

  // Its answers can be piped away: the question is not among them.
  await window.enter('clear; muster store delete visits > out; cat out; echo "ended with $?"');
  await window.shows(/Go on\?/);
  await window.enter('Y');
  await window.shows(/^1 key deleted\s+ended with 0/m);
});

test('a backup, and the way back, under an app that goes on', async () => {
  const file = join(deployment.app, 'backup');
  expect((await muster('backup', file)).stdout).toBe(`4 entries in ${file}\n`);
  await store.set('visits', 8);
  await store.set('later', 1);
  expect((await muster('restore', file, '--yes')).stdout).toBe('4 entries restored\n');
  expect(await store.getMany(['visits', 'later'])).toEqual([7, undefined]);
  await writeFile(file, 'damaged');
  const { code, stderr } = await muster('restore', file, '--yes');
  expect([code, stderr]).toEqual([1, expect.stringContaining('MUSTER_INVALID_BACKUP')]);
  expect(await store.get('visits')).toBe(7);
});

test('it finds the store of an app from elsewhere by its URL, and makes none', async () => {
  const url = `lmdb:${join(deployment.app, '.muster/store')}`;
  const elsewhere = { cwd: join(deployment.app, '..') };
  const found = await deployment.muster(['store', 'get', 'visits', '--url', url], elsewhere);
  expect(found.stdout).toBe('7\n');
  const env = { MUSTER_STORE_URL: url };
  const byEnv = await deployment.muster(['store', 'get', 'visits'], { ...elsewhere, env });
  expect(byEnv.stdout).toBe('7\n');
  const lost = await deployment.muster(['store', 'get', 'visits'], elsewhere);
  expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining('There is no store at')]);
  expect((await muster('get', 'nothing')).stderr).toContain('There is no key nothing');
});

test('it reads the config of the folder: above variables, below --url', async () => {
  const write = (config: object) =>
    writeFile(join(deployment.app, 'muster.config.json'), JSON.stringify(config));
  const visits = async (...args: string[]) => {
    const env = { MUSTER_STORE_URL: 'lmdb:elsewhere' };
    const { stdout, stderr } = await deployment.muster(['store', 'get', 'visits', ...args], {
      env,
    });
    return stdout.trim() || stderr;
  };
  const here = { store: { url: 'lmdb:.muster/store' } };
  await write(here);
  expect(await visits()).toBe('7');
  expect(await visits('--url', 'lmdb:nowhere')).toContain('There is no store at');

  await writeFile(
    join(deployment.app, '.env'),
    'REDIS_URL=nonsense\nMUSTER_STORE_URL=lmdb:nowhere',
  );
  await write({ envFile: '.env', environments: { production: here } });
  expect(await visits()).toContain('/elsewhere');
  expect(await visits('--environment', 'production')).toBe('7');
  expect(await visits('--environment', 'prod')).toContain('It has production.');

  await write({ apps: { shop: { file: 's.js', ...here }, jobs: { file: 'j.js', ...here } } });
  expect(await visits()).toBe('7');
  await write({ apps: { shop: { file: 's.js', ...here }, jobs: { file: 'j.js' } } });
  expect(await visits()).toMatch(/apps with different stores: shop has lmdb:.*Name one with --url/);
  await write({ ...here, wrokers: 2 });
  expect(await visits()).toContain('there is no option "wrokers"');
});

test('a restore makes the store that there is none of yet, for a whole backup only', async () => {
  const file = join(deployment.app, 'backup');
  await store.backup(file);
  const url = ['--url', 'lmdb:new'];
  const unasked = await muster('restore', file, ...url);
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('it is made')]);
  await writeFile(join(deployment.app, 'bad'), 'something else');
  expect((await muster('restore', 'bad', '--yes', ...url)).stderr).toContain('is no backup');
  expect((await muster('stat', ...url)).stderr).toContain('There is no store at');
  expect((await muster('restore', file, '--yes', ...url)).stdout).toBe('4 entries restored\n');
  expect((await muster('get', 'visits', ...url)).stdout).toBe('7\n');
  for (const command of ['stat', 'restore']) {
    const args = command === 'stat' ? [] : [file, '--yes'];
    const memory = await muster(command, ...args, '--url', 'memory:');
    expect([memory.code, memory.stderr]).toEqual([2, expect.stringContaining('in its process')]);
  }
});

test('names can be given as they are shown', async () => {
  const odd = ['a\nb', '"quoted"', 'esc\u001b[31m', 'rtl\u202e'];
  const view = store.namespace('odd\n');
  await view.setMany([...odd, 'say "hi"'].map((key, n) => [key, n] as const));
  const namespace = ['--namespace', '"odd\\n"'];
  const shown = (await muster('keys', ...namespace)).stdout.trimEnd().split('\n');
  expect(shown.sort()).toEqual(
    ['"\\"quoted\\""', '"a\\nb"', '"esc\\u001b[31m"', '"rtl\\u202e"', 'say "hi"'].sort(),
  );
  expect((await muster('keys', '"a\\n"', ...namespace)).stdout).toBe('"a\\nb"\n');
  expect((await muster('get', '"a\\nb"', ...namespace)).stdout).toBe('0\n');
  expect((await muster('get', '"none\\n"', ...namespace)).stderr).toContain('no key "none\\n"');
  expect((await muster('delete', '--yes', ...namespace, ...shown)).stdout).toBe('5 keys deleted\n');
  expect(await view.count()).toBe(0);
});

test('the guide has its options, each as the command has it', async () => {
  const guide = await readFile(
    join(import.meta.dirname, '../../../../docs/guide/command/store-and-queues.md'),
    'utf8',
  );
  for (const { names } of Object.values(STORE_FLAGS)) expect(guide).toContain(`| \`${names}\``);
});

test.each([
  [['gett', 'a'], "unknown command 'gett'"],
  [['get'], "missing required argument 'key'"],
  [['get', 'a', '--namespce', 'b'], 'Did you mean --namespace?'],
  [['keys', '--yes'], "unknown option '--yes'"],
])('%j is not understood', async (args, says) => {
  const { code, stderr } = await muster(...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
});
