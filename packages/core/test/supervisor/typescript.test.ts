// Which file a path to JavaScript means, where only its TypeScript exists.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { loadsTypeScript, typescriptOf } from '../../dist/supervisor/options/typescript.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-typed-'));
  for (const name of ['app.ts', 'module.mts', 'page.tsx', 'common.cts']) {
    await writeFile(join(folder, name), "console.log('ran' as string, process.argv[1]);");
  }
});

afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['app.js', 'app.ts'],
  ['module.mjs', 'module.mts'],
  ['common.cjs', 'common.cts'],
  ['page.js', 'page.tsx'],
  ['page.jsx', 'page.tsx'],
  ['app.mjs', undefined],
  ['other.js', undefined],
  ['app', undefined],
])('%s is %s', (path, file) => {
  expect(typescriptOf(join(folder, path))).toBe(file && join(folder, file));
});

it.each<[readonly string[], string, boolean]>([
  [['--import', 'tsx'], '', true],
  [['--require', '/app/node_modules/tsx/dist/preflight.cjs'], '', true],
  [[], '--import file:///app/node_modules/tsx/dist/loader.mjs', true],
  [[], '--enable-source-maps --import=tsx/esm', true],
  [['-r', 'ts-node/register'], '', true],
  [['--import', './tsx.js'], '--title=tsx-less', false],
  [[], '', false],
])('%j and %j have a loader: %s', (execArgv, nodeOptions, expected) => {
  expect(loadsTypeScript(execArgv, nodeOptions)).toBe(expected);
});

it('a worker ./app.js runs app.ts under tsx, and is refused with a hint without it', async () => {
  const code = `
    import { startCluster } from '${import.meta.resolve('@muster/core')}';
    try {
      const cluster = await startCluster({ worker: './app.js', workers: 1, ready: 'online', control: false });
      await cluster.stop();
    } catch (error) {
      console.log(error.message);
    }`;
  await writeFile(join(folder, 'main.mjs'), code);
  const tsx = `--import ${import.meta.resolve('tsx')}`;
  const [plain, typed] = ['', tsx].map((NODE_OPTIONS) =>
    runProgram(join(folder, 'main.mjs'), { cwd: folder, env: { NODE_OPTIONS } }),
  );
  await using _ = plain;
  await using __ = typed;
  expect(await typed?.exited).toEqual({ code: 0, signal: null });
  expect(typed?.output()).toMatch(/^ran .*app\.ts$/m);
  expect(await plain?.exited).toEqual({ code: 0, signal: null });
  expect(plain?.output()).toMatch(
    /app\.js does not exist\. \S*app\.ts does: compile it, run it with tsx/,
  );
});
