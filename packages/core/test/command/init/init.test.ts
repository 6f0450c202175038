// `muster init` as a process: what it writes, and what it leaves alone.
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { MUSTER } from '../../../../../test/support/deployment.js';
import { runLine, runProgram } from '../../../../../test/support/program.js';

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
  // Nothing is written through a link.
  await symlink('server.js', file('.gitignore'));
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
  await writeFile(file('broken/package.json'), '{ "type": 42 }');
  expect((await init('broken')).output).toMatch(
    /package\.json cannot be read: its "type" is neither "module" nor "commonjs"\n$/,
  );
  expect(await readdir(file('broken'))).toEqual(['package.json']);
  // Not the folder that it was called in, which `resolve('')` would be.
  expect((await init('')).code).toBe(2);
  expect((await readdir(folder)).sort()).toEqual(['a', 'broken']);
});

it('leaves nothing half written where there is no room, and fills in a package.json through its link', async () => {
  await mkdir(file('shop'));
  const made = '{"name":"shop"}';
  await writeFile(file('made.json'), made);
  await symlink('../made.json', file('shop/package.json'));
  // A file may have no byte, as on a full disk.
  for (const name of ['new', 'shop']) {
    const line = `ulimit -f 0; exec '${process.execPath}' '${MUSTER}' init ${name}`;
    await using program = runLine(line, { cwd: folder });
    expect(await program.exited).toMatchObject({ code: 1 });
    expect(program.output()).toMatch(/^muster: \S+: EFBIG/);
  }
  expect(await readdir(file('new'))).toEqual([]);
  expect(await readdir(file('shop'))).toEqual(['package.json']);
  expect(await read('made.json')).toBe(made);

  expect(await init('shop')).toMatchObject({ code: 0 });
  expect(await readlink(file('shop/package.json'))).toBe('../made.json');
  expect(JSON.parse(await read('made.json'))).toMatchObject({ name: 'shop', type: 'module' });
  expect((await readdir(folder)).sort()).toEqual(['made.json', 'new', 'shop']);
});

it('refuses a server.js that is no file, before anything is written', async () => {
  await mkdir(file('server.js'));
  expect(await init()).toMatchObject({
    code: 1,
    output: expect.stringMatching(/server\.js is not a file; move it away first\n$/),
  });
  await rm(file('server.js'), { recursive: true });
  await symlink('nowhere', file('server.js'));
  expect(await init()).toMatchObject({
    code: 1,
    output: expect.stringMatching(/server\.js is a link that leads nowhere; move it away first\n$/),
  });
  expect(await readdir(folder)).toEqual(['server.js']);
});

it('prints a command line that enters the folder, whatever its name', async () => {
  const name = "it's $HOME";
  const { output } = await init(name);
  const enter = /^ {2}(cd .*)$/m.exec(output)?.[1];
  await using shell = runLine(`${enter} && ls`, { cwd: folder });
  expect(await shell.exited).toMatchObject({ code: 0 });
  expect(shell.output()).toMatch(/^package\.json$/m);
});
