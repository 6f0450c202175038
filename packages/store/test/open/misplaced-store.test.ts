// What is said of a store that nobody gave an address: whether it is the one that was meant.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { ownFolder } from '../support/own-folder.js';

const own = await ownFolder();

/** Uses the store of its working folder. */
const PROGRAM = `
  import { createSharedStore } from '${import.meta.resolve('@muster/store')}';
  const store = createSharedStore();
  await store.set('a', 1);
  await store.close();
  console.log('made');`;

beforeEach(() => mkdir(own.path, { recursive: true }));

async function run(program: string, cwd: string, env: Record<string, string> = {}) {
  await mkdir(cwd, { recursive: true });
  await mkdir(join(program, '..'), { recursive: true });
  await writeFile(program, PROGRAM);
  await using running = runProgram(program, { cwd, env });
  expect(await running.exited).toMatchObject({ code: 0 });
  return running.output();
}

it.each([
  ['outside of any project', [], /MUSTER_STORE_OUTSIDE_PROJECT/],
  ['in a project', ['package.json'], /^made\n$/],
])('a new store %s', async (_, files, output) => {
  for (const name of files) await writeFile(own.file(name), '{}');
  const program = own.file('scripts/make.mjs');
  expect(await run(program, own.file('scripts'))).toMatch(output);
  // The second time there is one.
  expect(await run(program, own.file('scripts'))).toBe('made\n');
});

it('a script that cron starts in another project is told of the store of its own, each time', async () => {
  for (const name of ['app/package.json', 'home/package.json']) {
    await mkdir(own.file(join(name, '..')), { recursive: true });
    await writeFile(own.file(name), '{}');
  }
  const script = own.file('app/jobs/nightly.mjs');
  expect(await run(script, own.file('app'))).toBe('made\n');
  for (const _ of [1, 2]) {
    const output = await run(script, own.file('home'));
    expect(output).toMatch(/MUSTER_STORE_ELSEWHERE.*uses the store at \S*home\/\.muster\/store,/);
    expect(output).toMatch(/MUSTER_STORE_URL=lmdb:\S*app\/\.muster\/store$/m);
  }
  const address = { MUSTER_STORE_URL: `lmdb:${own.file('app/.muster/store')}` };
  expect(await run(script, own.file('home'), address)).toBe('made\n');
});
