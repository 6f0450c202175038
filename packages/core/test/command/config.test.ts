// `muster start` with a config: what cannot be read says so in one line, and what can is started.
import { chmod, chown, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../../../test/support/command-lines.js';
import { createDeployment } from '../../../../test/support/deployment.js';
import { loadConfig } from '../../dist/command/config/load-config.js';

const deployment = await createDeployment();
afterAll(() => deployment[Symbol.asyncDispose]());

/** A folder with these files. */
async function folderOf(name: string, files: Record<string, string>): Promise<string> {
  const folder = join(deployment.app, name);
  await mkdir(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
  return folder;
}

describe('a config that cannot be used', () => {
  const cases: {
    what: string;
    file: string;
    code: string;
    line?: string[];
    beside?: Record<string, string>;
    says: RegExp;
  }[] = [
    {
      what: 'throws',
      file: 'js',
      code: 'throw new TypeError("no licence\\n at all");',
      says: /threw TypeError: no licence \(\S+\/muster\.config\.js:1\) \(MUSTER_CONFIG\)$/m,
    },
    {
      what: 'throws no error',
      file: 'mjs',
      code: 'throw 5;',
      says: /muster\.config\.mjs threw 5\./,
    },
    {
      what: 'throws nothing at all',
      file: 'cjs',
      code: 'throw undefined;',
      says: /muster\.config\.cjs threw undefined\./,
    },
    {
      what: 'refers to itself',
      file: 'cjs',
      code: 'const it = { file: "./s.js" }; it.drain = it; it.environments = { a: it }; module.exports = it;',
      says: /muster\.config\.cjs refers to itself: drain is an object above it\./,
    },
    {
      what: 'throws where it is read',
      file: 'cjs',
      code: 'module.exports = { drain: { get timeoutMs() { throw new Error("no"); } } };',
      says: /muster\.config\.cjs threw where drain\.timeoutMs was read: Error: no/,
    },
    {
      what: 'says wrong what store there is',
      file: 'json',
      code: '{ "file": "x.js", "store": { "ulr": "x" } }',
      says: /has an option that cannot work:\n {2}store: there is no option "ulr"\./,
    },
    {
      what: 'cannot be parsed',
      file: 'mjs',
      code: '\nexport defalt {};',
      says: /threw SyntaxError: Unexpected token 'export' \(\S+config\.mjs:2\)/,
    },
    {
      what: 'imports what is not there',
      file: 'ts',
      code: 'import "./gone.js"; export default {};',
      says: /muster\.config\.ts threw \w+: .*gone\.js/,
    },
    {
      what: 'is a module in a package of CommonJS',
      file: 'js',
      code: 'export default {};',
      beside: { 'package.json': '{ "type": "commonjs" }' },
      says: /Unexpected token 'export' .* "commonjs", a config with import and export is called muster\.config\.mjs\./,
    },
    {
      what: 'exports nothing',
      file: 'js',
      code: 'export const config = {};',
      says: /muster\.config\.js exports nothing\. Give it a default export: export default defineConfig/,
    },
    {
      what: 'exports a list',
      file: 'cjs',
      code: 'module.exports = [];',
      says: /muster\.config\.cjs exports no object/,
    },
    {
      what: 'exports a function that gives nothing',
      file: 'js',
      code: 'export default () => {};',
      says: /exports nothing/,
    },
    {
      what: 'exports a function that rejects',
      file: 'js',
      code: 'export default async () => { throw new Error("vault is away"); };',
      says: /threw Error: vault is away/,
    },
    {
      what: 'is no JSON',
      file: 'json',
      code: '{ "file": ',
      says: /muster\.config\.json cannot be read: .*JSON/,
    },
    {
      what: 'has its export two levels deep, and a fault',
      file: 'cjs',
      code: 'exports.__esModule = true; exports.default = { fle: 1 };',
      says: /there is no option "fle"\. Did you mean "file"\?/,
    },
    {
      what: 'has several faults',
      file: 'mts',
      code: 'const it: object = { file: "./server.cjs", workers: 0, drain: { timeoutMS: 5 } }; export default it;',
      says: /^muster: muster\.config\.mts has 2 options that cannot work:\n {2}workers: 0 .*\n {2}drain: .*"timeoutMs"\? \(MUSTER_CONFIG\)$/m,
    },
    {
      what: 'names a file of variables that is not there',
      file: 'json',
      code: '{ "file": "muster.config.json", "envFile": "gone.env" }',
      says: /^muster: envFile: the file \S+\/gone\.env cannot be read: it is not there\./,
    },
    {
      what: 'has no server',
      file: 'json',
      code: '{ "workers": 2 }',
      says: /does not say which server to run: give it a `file`/,
    },
    {
      what: 'has a server that is not there',
      file: 'json',
      code: '{ "file": "gone.js" }',
      says: /There is no file \S+\/gone\.js\./,
    },
    {
      what: 'has several apps',
      file: 'json',
      code: '{ "apps": { "shop": {}, "web": {} } }',
      says: /has several apps: shop, web\. Name the one to start: muster start shop\./,
    },
    {
      what: 'does not have the app',
      file: 'json',
      code: '{ "apps": { "shop": {}, "web": {} } }',
      line: ['shp'],
      says: /has no app "shp", and there is no such file either\. It has shop, web\. Did you mean "shop"\?/,
    },
    {
      what: 'does not have the environment',
      file: 'json',
      code: '{ "file": "gone.js" }',
      line: ['--environment', 'prod'],
      says: /has no environment "prod"\. It has none\./,
    },
  ];
  const more = [
    {
      what: 'is not there',
      line: ['--config', 'gone.ts'],
      says: /gone\.ts is not there, or is no file/,
    },
    {
      what: 'is below a file',
      line: ['--config', 'server.cjs/x.ts'],
      says: /x\.ts is not there, or is no file/,
    },
    {
      what: 'is of another kind',
      line: ['--config', 'version.txt'],
      says: /version\.txt is no config: it ends in/,
    },
    {
      what: 'is not there, and an environment is named',
      line: ['server.cjs', '--environment', 'production'],
      says: /--environment does nothing here/,
    },
    {
      what: 'is not read',
      line: ['--no-config'],
      says: /Which server\? Give its file: muster start server\.js\. There is no muster/,
    },
  ];
  let answers: Answer[] = [];

  beforeAll(async () => {
    const lines = more.map(({ line }) => ['start', ...line]);
    for (const [index, { file, code, line = [], beside }] of cases.entries()) {
      const name = `muster.config.${file}`;
      const folder = await folderOf(String(index), { [name]: code, ...beside });
      lines.push(['start', ...line, '--config', join(folder, name)]);
    }
    answers = await deployment.musterLines(lines);
  });

  it('because it ends the process says so, and exits with 2', async () => {
    const folder = await folderOf('ends', { 'muster.config.cjs': 'process.exit(0);' });
    const line = ['start', '--config', join(folder, 'muster.config.cjs')];
    expect(await deployment.muster(line)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'muster: muster.config.cjs ended the process while it was loaded.\n',
    });
  });

  it.each([...more, ...cases])('because it $what says so, and exits with 2', ({ says }) => {
    const index = [...more, ...cases].findIndex((one) => one.says === says);
    expect(answers[index]).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(says) });
    expect(answers[index]?.stderr).not.toMatch(/^ {4}at /m);
  });
});

it('a config that waits for ever is given up', async () => {
  const code = 'export default () => new Promise(() => {});';
  const folder = await folderOf('waits', { 'muster.config.mjs': code });
  const file = join(folder, 'muster.config.mjs');
  await expect(loadConfig(file, { environment: undefined }, 50)).rejects.toMatchObject({
    ...{ code: 'MUSTER_CONFIG', file },
    message: expect.stringMatching(/^muster\.config\.mjs did not load within 50 ms/),
  });
});

it('what a config has left open does not keep a command that failed', async () => {
  const code = 'setInterval(() => {}, 1000); module.exports = { fle: 1 };';
  const cwd = await folderOf('timer', { 'muster.config.cjs': code });
  expect(await deployment.muster(['start'], { cwd })).toMatchObject({ code: 2 });
});

/** A Node that reads it has no need of jiti. */
const readsTypeScript = (process.features as { typescript?: unknown }).typescript;

it.skipIf(readsTypeScript)('a config in TypeScript says what to install to read it', async () => {
  const hide = `
    const Module = require('node:module');
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...more) => resolve(name === 'jiti' ? 'no-jiti' : name, ...more);`;
  const code = 'export default { workers: 1 as number };';
  const cwd = await folderOf('old', { 'muster.config.ts': code, 'hide.cjs': hide });
  const env = { NODE_OPTIONS: `--require ${join(cwd, 'hide.cjs')}` };
  const { code: exit, stderr } = await deployment.muster(['start'], { cwd, env });
  expect(exit).toBe(2);
  expect(stderr).toMatch(
    /^muster: muster\.config\.ts is TypeScript, which Node v\S+ cannot read\. `npm install --save-dev jiti` installs .*\n$/,
  );
});

const runsAsRoot = process.getuid?.() === 0;

it.runIf(runsAsRoot)('a config that another user left in an open folder is not run', async () => {
  const config = { 'muster.config.cjs': 'console.log("run!"); module.exports = {};' };
  const folder = await folderOf('open', config);
  await chmod(folder, 0o777);
  await chown(join(folder, 'muster.config.cjs'), 12_345, 12_345);
  const { code, stdout, stderr } = await deployment.muster(['start', 'x.js'], { cwd: folder });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/belongs to the user with id 12345, .* was not read\./);
});

/** `muster start` in a folder, to its end: for scripts, and for what is refused. */
async function start(cwd: string, args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await deployment.muster(['start', ...args], { cwd, env });
  const [printed] = stdout.split('\n').filter((line) => line.startsWith('{'));
  return { code, stderr, printed: printed === undefined ? undefined : JSON.parse(printed) };
}

/** Prints what it was given, and ends. */
const PRINTS = `
  const { COLOUR, SHAPE, SIZE } = process.env;
  const [, file, ...args] = process.argv;
  console.log(JSON.stringify({ file, cwd: process.cwd(), args, COLOUR, SHAPE, SIZE }));`;

const APPS = `
  import { execPath } from 'node:process';
  type Context = { environment: string | undefined };
  export default async ({ environment }: Context) => ({
    apps: {
      shop: { file: 'gone.cjs', cwd: 'gone' },
      web: {
        file: new URL('./web.cjs', import.meta.url),
        workers: 1,
        args: ['from the config'],
        envFile: 'web.env',
        env: { COLOUR: 'red', SIZE: environment ?? 'none' },
        environments: { production: { env: () => ({ SHAPE: 'round' }) } },
      },
    },
  });`;

describe('muster start with a config', () => {
  const files = { 'web.cjs': PRINTS, 'web.env': 'COLOUR=file\nSHAPE=file\n' };

  it('starts the app that it names, in the folder of the config, in an environment', async () => {
    const folder = await folderOf('apps', { ...files, 'muster.config.mts': APPS });
    const config = ['--config', 'apps/muster.config.mts'];
    const args = ['web', ...config, '--environment', 'production'];
    const { code, printed } = await start(deployment.app, args);
    expect(code).toBe(0);
    expect(printed).toEqual({
      ...{ file: join(folder, 'web.cjs'), cwd: folder, args: ['from the config'] },
      ...{ COLOUR: 'red', SHAPE: 'round', SIZE: 'production' },
    });
  });

  it('the command line wins over the config, and the config over the environment', async () => {
    const line = 'COLOUR=line\nSHAPE=line\n';
    const folder = await folderOf('line', { ...files, 'muster.config.mts': APPS, 'own.env': line });
    const args = ['web', '--env-file', 'own.env', '--', '--port', '1'];
    const { printed } = await start(folder, args, {
      ...{ NODE_ENV: '', SIZE: 'outside', SHAPE: 'outside' },
    });
    expect(printed).toEqual({
      ...{ file: join(folder, 'web.cjs'), cwd: folder, args: ['--port', '1'] },
      // Files change nothing that is set in the environment.
      ...{ COLOUR: 'line', SHAPE: 'outside', SIZE: 'none' },
    });
  });

  it('takes a path for a file, even one that is called like an app', async () => {
    const config = 'module.exports = { apps: { "web.cjs": { file: "gone.cjs" } } };';
    const folder = await folderOf('paths', { ...files, 'muster.config.cjs': config });
    const { code, printed, stderr } = await start(folder, ['./web.cjs', '-w', '1']);
    expect({ code, file: printed.file }).toEqual({ code: 0, file: join(folder, 'web.cjs') });
    expect(stderr).toMatch(/muster\.config\.cjs is not used: it has several apps/);
  });

  it('runs another file with the options of a config without apps', async () => {
    const config = '{ "file": "gone.cjs", "workers": 1, "env": { "COLOUR": "blue" } }';
    const folder = await folderOf('other', { ...files, 'muster.config.json': config });
    const { code, printed } = await start(folder, ['web.cjs']);
    expect({ code, COLOUR: printed.COLOUR }).toEqual({ code: 0, COLOUR: 'blue' });
  });
});

it('a reload follows a moved link, asks the function, reads files anew, and says that the config has changed', async () => {
  const server = `
    const { COLOUR, ASKED } = process.env;
    require('node:http').createServer((_, response) => {
      response.setHeader('content-type', 'application/json')
        .end(JSON.stringify({ COLOUR, ASKED, cwd: process.cwd(), file: __filename }));
    }).listen(Number(process.env.PORT), '127.0.0.1');`;
  const config = `
    let asked = 0;
    const file = new URL('./server.cjs', import.meta.url);
    export default {
      apps: {
        shop: {
          roles: { web: { file, workers: 1 } }, reload: { watchMs: 0 }, envFile: ['shop.env'],
          env: () => ({ ASKED: String(++asked) }),
        },
      },
    };`;
  const release = (name: string, colour: string, code: string) =>
    folderOf(name, {
      ...{ 'server.cjs': server, 'shop.env': `COLOUR=${colour}\n`, 'muster.config.mjs': code },
    });
  const one = await release('one', 'red', config);
  const two = await release('two', 'blue', `${config}\n// changed`);
  const link = join(deployment.app, 'current');
  await symlink(one, link);
  const program = deployment.start(['--config', 'current/muster.config.mjs']);
  await program.printed(/^muster: shop is ready/m);
  const ask = async () => (await deployment.ask()) as unknown as Record<string, string>;
  const first = await ask();
  expect(first).toMatchObject({ COLOUR: 'red', cwd: one, file: join(one, 'server.cjs') });
  await symlink(two, `${link}-next`);
  await rename(`${link}-next`, link);
  expect(await deployment.muster(['reload', '--name', 'shop'])).toMatchObject({ code: 0 });
  await program.printed(/muster\.config\.mjs has changed since the start, and a reload does not/);
  const second = await ask();
  expect(second).toMatchObject({ COLOUR: 'blue', cwd: two, file: join(two, 'server.cjs') });
  expect(Number(second.ASKED)).toBeGreaterThan(Number(first.ASKED));
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});
