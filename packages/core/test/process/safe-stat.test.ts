import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mu-')));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

it('leaves import() able to follow links after a look at a socket', async () => {
  await mkdir(join(folder, 'real'));
  await symlink('real', join(folder, 'link'));
  for (const name of ['first', 'second']) {
    await writeFile(join(folder, 'real', `${name}.mjs`), 'export default import.meta.url;');
  }
  const socket = join(folder, 's');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const stats = new URL('../../dist/process/safe-stat.js', import.meta.url).href;
  const program = `
    import { lstatOf } from ${JSON.stringify(stats)};
    await import(${JSON.stringify(join(folder, 'link/first.mjs'))});
    if (!lstatOf(${JSON.stringify(socket)}).isSocket()) throw new Error('not a socket');
    const second = await import(${JSON.stringify(join(folder, 'link/second.mjs'))});
    console.log(second.default);
  `;
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  server.close();
  expect(stdout.trim()).toBe(`file://${folder}/real/second.mjs`);
});
