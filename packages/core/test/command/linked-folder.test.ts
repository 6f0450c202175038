// Deploys as Capistrano does them: releases/1, releases/2, …, and `current`, a link that is moved from one to the next.
import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeployment, type Deployment, MUSTER } from '../../../../test/support/deployment.js';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { pathFrom, unfollowedLink, workingFolder } from '../../dist/command/line/working-folder.js';

const SERVER = `
  const { readFileSync } = require('node:fs');
  const answer = {
    required: require('./version.js'),
    asset: readFileSync('asset.txt', 'utf8'),
    package: require('./package.json').version,
    cwd: process.cwd(),
    value: process.env.VALUE,
  };
  require('node:http').createServer((_, res) => res.setHeader('content-type', 'application/json')
    .end(JSON.stringify(answer))).listen(Number(process.env.PORT), '127.0.0.1');`;

let deployment: Deployment;
let shop: string;
let programs: Program[];

const current = () => join(shop, 'current');
const folderOf = (name: string) => join(shop, 'releases', name);

async function release(name: string) {
  const folder = folderOf(name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'server.js'), SERVER);
  await writeFile(join(folder, 'version.js'), `module.exports = ${JSON.stringify(name)};`);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version: name }));
  await writeFile(join(folder, 'asset.txt'), name);
  await writeFile(join(folder, '.env'), `VALUE=${name}\n`);
  await symlink(folder, join(shop, 'next'));
  await rename(join(shop, 'next'), current());
}

/** `muster start …` as a shell in that folder does it. */
function startIn(folder: string, args: string[], env: Record<string, string> = { PWD: folder }) {
  const program = runProgram(MUSTER, {
    args: ['start', ...args, '-w', '2', '--watch-ms', '0', '--env-file', join(current(), '.env')],
    cwd: folder,
    env: { ...deployment.env, ...env },
  });
  programs.push(program);
  return program;
}

const ready = async (program: Program) => {
  for (const slot of [0, 1]) await program.printed(new RegExp(`worker ${slot} .* is ready`));
};

const all = (name: string) => ({
  ...{ required: name, asset: name, package: name, value: name },
  cwd: folderOf(name),
});

beforeEach(async () => {
  deployment = await createDeployment();
  shop = await realpath(await mkdtemp(join(tmpdir(), 'mu-shop-')));
  programs = [];
  await release('1');
});

afterEach(async () => {
  for (const program of programs) await program[Symbol.asyncDispose]();
  await deployment[Symbol.asyncDispose]();
  await rm(shop, { recursive: true, force: true });
});

describe('a cluster that was started through the link of a deploy', () => {
  it.each([
    { how: 'in the linked folder', start: () => startIn(current(), ['server.js']) },
    { how: 'with --cwd', start: () => startIn(shop, ['current/server.js', '--cwd', 'current']) },
  ])(
    '$how runs the next release after a reload, and after that the first is not missed',
    async ({ start }) => {
      const program = start();
      await ready(program);
      expect(program.output()).not.toContain('will not follow');
      expect(await deployment.ask()).toEqual(all('1'));
      await release('2');
      expect(await deployment.muster(['reload'])).toMatchObject({ code: 0 });
      expect(await deployment.ask()).toEqual(all('2'));

      // As `keep_releases` does: the working directory of the primary itself is gone then.
      await rm(folderOf('1'), { recursive: true });
      await release('3');
      expect(await deployment.muster(['reload'])).toMatchObject({ code: 0 });
      expect(await deployment.ask()).toEqual(all('3'));
      expect(await deployment.muster(['restart', '0'])).toMatchObject({ code: 0 });
      expect(await deployment.muster(['status'])).toMatchObject({ code: 0 });
      expect(await deployment.muster(['stop'])).toMatchObject({ code: 0 });
    },
  );

  it('by the path of the server alone follows with the code', async () => {
    await writeFile(join(shop, 'asset.txt'), 'of the folder above');
    await ready(startIn(shop, ['current/server.js']));
    await release('2');
    expect(await deployment.muster(['reload'])).toMatchObject({ code: 0 });
    expect(await deployment.ask()).toEqual({
      ...all('2'),
      cwd: shop,
      asset: 'of the folder above',
    });
  });

  it('goes back to the release before, all of it, where the new one does not start', async () => {
    const program = startIn(current(), ['server.js']);
    await ready(program);
    await release('2');
    // The second worker of the reload fails.
    await writeFile(
      join(folderOf('2'), 'server.js'),
      `if (process.env.NODE_APP_INSTANCE === '1') throw new Error('not in this slot');${SERVER}`,
    );
    expect(await deployment.muster(['reload'])).toMatchObject({ code: 1 });
    for (let asked = 0; asked < 4; asked += 1) expect(await deployment.ask()).toEqual(all('1'));
  });

  it('has the same name in the next release, and is the one of that folder', async () => {
    const program = startIn(current(), ['server.js']);
    await ready(program);
    const [, name] = await program.printed(/control socket \S+\/([^/]+)\.sock/);
    expect(name).toMatch(/^mu-shop-/);
    await release('2');
    await deployment.muster(['stop']);
    await program.exited;
    const next = startIn(current(), ['server.js']);
    await next.printed(new RegExp(`control socket \\S+/${name}\\.sock`));
  });

  it('warns where it cannot follow: nobody told it of the link', async () => {
    const program = startIn(current(), ['server.js'], { PWD: '/' });
    await program.printed(
      /^muster: the cluster runs in \S+\/releases\/1, to which the link \S+\/current leads\. .* will not follow it/m,
    );
    await ready(program);
    await release('2');
    expect(await deployment.muster(['reload'])).toMatchObject({ code: 0 });
    expect(await deployment.ask()).toMatchObject({ cwd: folderOf('1'), required: '1' });
  });
});

describe('the folder that a cluster is started in', () => {
  it('is what PWD says, where that is the same folder', () => {
    const cwd = folderOf('1');
    expect(workingFolder(cwd, { PWD: current() })).toBe(current());
    for (const PWD of [undefined, '', 'current', '/', join(shop, 'gone'), folderOf('0')]) {
      expect(workingFolder(cwd, { PWD })).toBe(cwd);
    }
  });

  it('has what the kernel finds there, through the link where that leads to the same', async () => {
    const cwd = folderOf('1');
    const from = (path: string) => pathFrom(current(), path, cwd);
    expect(from('.env')).toBe(join(current(), '.env'));
    expect(from('.')).toBe(current());
    expect(from('server')).toBe(join(current(), 'server'));
    expect(from('../1/.env')).toBe(join(folderOf('1'), '.env'));
    // One for all releases, as `cat ../.env` reads it; the other is what the path looks like.
    await writeFile(join(shop, '.env'), '');
    expect(from('../.env')).toBe(join(shop, 'releases/.env'));
    await writeFile(join(shop, 'releases/.env'), '');
    expect(from('../.env')).toBe(join(shop, 'releases/.env'));
    expect(from('/etc/../etc/hosts')).toBe('/etc/hosts');
  });

  it('may be gone, and the only cluster is found all the same', async () => {
    await ready(startIn(current(), ['server.js']));
    const gone = join(shop, 'gone');
    await mkdir(gone);
    const command = runProgram(
      fileURLToPath(new URL('../fixtures/in-gone-folder.js', import.meta.url)),
      {
        args: [MUSTER, 'status'],
        cwd: gone,
        env: deployment.env,
      },
    );
    programs.push(command);
    expect(await command.exited).toEqual({ code: 0, signal: null });
    expect(command.output()).toMatch(/2 of 2 ready/);
  });

  it('may be one that a link called current leads to', async () => {
    expect(unfollowedLink(folderOf('1'))).toBe(current());
    await mkdir(join(folderOf('1'), 'dist'));
    expect(unfollowedLink(join(folderOf('1'), 'dist'))).toBe(join(current(), 'dist'));
    await mkdir(folderOf('0'));
    expect(unfollowedLink(folderOf('0'))).toBeUndefined();
    expect(unfollowedLink(current())).toBeUndefined();
    expect(unfollowedLink('/')).toBeUndefined();
  });
});
