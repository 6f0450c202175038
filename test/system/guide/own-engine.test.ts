// The examples of docs/guide/own-engine.md, run as they are printed there.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changed, createProject, examplesOf } from '../../support/guide.js';

const { engine, use, suite } = await examplesOf('docs/guide/own-engine.md', 'js', [
  'engine',
  'use',
  'suite',
]);

test('own-engine.md: a store in a file goes on where it was', async () => {
  await using project = await createProject();
  await writeFile(join(project.folder, 'file-engine.js'), engine);
  for (const run of [1, 2]) {
    await using program = await project.run(use);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output()).toBe(`${run} file\n`);
  }
  const lines = (await readFile(join(project.folder, 'store.jsonl'), 'utf8')).trim().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ key: ':runs', text: '2', expiresAt: null });
});

test('own-engine.md: it passes the suite', async () => {
  await using project = await createProject();
  await writeFile(join(project.folder, 'file-engine.js'), engine);
  // Those that wait for time or move megabytes are run on the engine in memory.
  const some = `storeConformance({
  open: (options) => createSharedStore({ ...options, engine }),
})`;
  const code = changed(
    suite,
    some,
    `${some}.filter(({ name }) => /^(values: (?!.*(MiB|long))|atomic|turns|keys)/.test(name))`,
  );
  await using program = await project.run(code);
  const { code: exit } = await program.exited;
  const output = program.output();
  expect({ exit, output }).toMatchObject({ exit: 0 });
  // Node 20 says it as TAP, later ones with signs of their own.
  expect(output).toMatch(/^\S+ fail 0$/m);
  expect(output).toMatch(/^\S+ pass [2-9]\d/m);
});
