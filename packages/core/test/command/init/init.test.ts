// `muster init` as a process: what it writes, and what it leaves alone.
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { MUSTER } from '../../../../../test/support/deployment.js';
import { runProgram } from '../../../../../test/support/program.js';

let folder: string;
const file = (name: string) => join(folder, name);
const read = (name: string) => readFile(file(name), 'utf8');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-init-'));
  const made = folder;
  onTestFinished(() => rm(made, { recursive: true }));
});

async function init(...args: string[]) {
  await using program = runProgram(MUSTER, { args: ['init', ...args], cwd: folder });
  const { code } = await program.exited;
  return { code, output: program.output() };
}

it('leaves a project as it is, adds what it lacks, and says both', async () => {
  const before = {
    'package.json': '{"name":"shop","scripts":{"start":"node server.js"}}',
    'server.js': '// mine',
  };
  for (const [name, text] of Object.entries(before)) await writeFile(file(name), text);
  // Where it leads does not count: nothing is written through it.
  await symlink(file('elsewhere'), file('.gitignore'));
  const { code, output } = await init();
  expect(output).toMatch(/^left server\.js as it is\nleft \.gitignore as it is\n\nNext:\n/);
  expect(output).toMatch(/^ {2}npx @muster\/core start server\.js$/m);
  expect(code).toBe(0);
  for (const [name, text] of Object.entries(before)) expect(await read(name)).toBe(text);
  expect((await readdir(folder)).sort()).toEqual(['.gitignore', 'package.json', 'server.js']);
});

it('makes the folder, and refuses a package.json that it cannot read, before anything is written', async () => {
  const { output, code } = await init('a/shop', '--commonjs');
  expect(output).toMatch(
    /^wrote package\.json\nwrote server\.js\nwrote \.gitignore\n\nNext:\n {2}cd a\/shop\n/,
  );
  expect(code).toBe(0);
  await mkdir(file('broken'));
  await writeFile(file('broken/package.json'), '{ "name": ');
  const refused = await init('broken');
  expect(refused.output).toMatch(/^muster: \S+broken\/package\.json cannot be read: .*\n$/);
  expect(refused.code).toBe(1);
  expect(await readdir(file('broken'))).toEqual(['package.json']);
  // Not the folder that it was called in, which `resolve('')` would be.
  expect((await init('')).code).toBe(2);
  expect((await readdir(folder)).sort()).toEqual(['a', 'broken']);
});
