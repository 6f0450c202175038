import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeployment, type Deployment } from '../../../../test/support/deployment.js';
import { readEnvFiles } from '../../dist/command/start/env-files.js';

describe('files of variables', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-env-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are read as Node reads them; the later one is right, and the environment is before both', async () => {
    const files = [join(folder, 'first'), join(folder, 'second')];
    await writeFile(files[0] as string, 'A=1\nexport B="two words" # said\nC=3\nBROKEN LINE\n');
    await writeFile(files[1] as string, "A='one'\nD=\n");
    expect(readEnvFiles(files, { C: '', X: 'x' })).toEqual({ A: 'one', B: 'two words', D: '' });
  });

  it.each([
    { what: 'gone', write: async () => {}, says: /\/env cannot be read: it is not there\.$/ },
    { what: 'a folder', write: mkdir, says: /\/env cannot be read: it is a folder\.$/ },
    {
      what: 'binary',
      write: (path: string) => writeFile(path, Buffer.from([65, 61, 255, 254])),
      says: /\/env cannot be read: it is not UTF-8 text\.$/,
    },
    {
      what: 'cut off by a crash',
      write: (path: string) => writeFile(path, 'A=1\n\0\0\0'),
      says: /\/env cannot be read: it is not text\.$/,
    },
  ])('of which one is $what give a sentence', async ({ write, says }) => {
    await write(join(folder, 'env'));
    expect(() => readEnvFiles([join(folder, 'env')], {})).toThrow(says);
  });
});

const SERVER = `
  const { COLOUR, SHAPE, SIZE } = process.env;
  require('node:http').createServer((_, res) => res.setHeader('content-type', 'application/json')
    .end(JSON.stringify({ COLOUR, SHAPE, SIZE })))
    .listen(Number(process.env.PORT), '127.0.0.1');`;

describe('muster start --env-file', () => {
  let deployment: Deployment;
  const write = (file: string, text: string) => writeFile(join(deployment.app, file), text);

  beforeEach(async () => {
    deployment = await createDeployment();
    await write('server.cjs', SERVER);
    await write('base.env', 'COLOUR=red\nSHAPE=round\n');
    await write('own.env', 'SHAPE=flat\nSIZE=1\n');
  });
  afterEach(() => deployment[Symbol.asyncDispose]());

  const start = async (...more: string[]) => {
    const files = ['--env-file', 'base.env', '--env-file=own.env'];
    const args = ['server.cjs', '-w', '2', '--watch-ms', '0', ...files, ...more];
    const program = deployment.start(args, { SIZE: 'from outside', MUSTER_MACHNES: 'true' });
    await program.printed(/MUSTER_MACHNES is set.* mean "MUSTER_MACHINES"\?/);
    for (const slot of [0, 1]) await program.printed(new RegExp(`worker ${slot} .* is ready`));
    return program;
  };

  it('is read anew at a reload, which is aborted where a file is gone', async () => {
    await start();
    const first = { COLOUR: 'red', SHAPE: 'flat', SIZE: 'from outside' };
    expect(await deployment.ask()).toEqual(first);

    await rm(join(deployment.app, 'own.env'));
    const { code, stderr } = await deployment.muster(['reload']);
    expect(stderr).toMatch(
      /^muster: .*the file \S+\/own\.env cannot be read: it is not there\. \(MUSTER_ENVIRONMENT\)$/m,
    );
    expect(code).toBe(1);
    expect(await deployment.ask()).toEqual(first);
    const status = JSON.parse((await deployment.muster(['status', '--json'])).stdout);
    expect(status.workers.map((one: { generation: number }) => one.generation)).toEqual([1, 1]);

    await write('own.env', 'SHAPE=square\n');
    await write('base.env', 'SHAPE=round\n');
    expect(await deployment.muster(['reload'])).toMatchObject({ code: 0 });
    for (let asked = 0; asked < 4; asked += 1) {
      expect(await deployment.ask()).toEqual({ SHAPE: 'square', SIZE: 'from outside' });
    }
  });

  it('is watched with --watch, although its name is hidden', async () => {
    await write('.env', 'COLOUR=red\n');
    const program = await start('--watch', '--env-file', '.env');
    await write('.env', 'COLOUR=blue\n');
    await program.printed(/^muster: \.env changed$/m);
    await program.printed(/2 workers were replaced/);
    expect(await deployment.ask()).toMatchObject({ COLOUR: 'blue' });
  });

  it('names a file that is not there, and does not start', async () => {
    const { code, stderr } = await deployment.muster([
      'start',
      'server.cjs',
      '--env-file',
      'x.env',
    ]);
    expect(stderr).toMatch(/x\.env.*(is not there|not found)/);
    // Node looks for it before any code runs, and exits with 9.
    expect([2, 9]).toContain(code);
  });
});
