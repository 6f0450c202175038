import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient } from '../support/http-client.js';
import { packAll } from '../support/pack.js';
import { runProgram } from '../support/program.js';
import { freePort } from '../support/redis/free-port.js';

const run = promisify(execFile);
const README = new URL('../../README.md', import.meta.url);

describe('the packed packages, installed into an empty folder', () => {
  let folder: string;
  let example: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-install-'));
    const tarballs = await packAll();
    const files = (await readdir(tarballs)).map((name) => join(tarballs, name));
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...files], {
      cwd: folder,
    });
    await rm(tarballs, { recursive: true });
    example = (await readFile(README, 'utf8')).match(/```js\n(.*?)```/s)?.[1] ?? '';
    expect(example).toContain("from '@muster/core'");
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    { how: 'import', file: 'app.mjs', adapt: (code: string) => code },
    {
      how: 'require',
      file: 'app.cjs',
      adapt: (code: string) =>
        code
          .replaceAll(/import (\{.*?\}) from ('.*?');/g, 'const $1 = require($2);')
          .replace('await startCluster', 'startCluster'),
    },
  ])('run the example of the README, by $how', async ({ file, adapt }) => {
    const port = await freePort();
    const code = adapt(example).replace('listen(3000)', `listen(${port})`);
    expect(code).toContain(String(port));
    await writeFile(join(folder, file), code);

    await using program = runProgram(join(folder, file), { cwd: folder });
    const client = createClient(port);
    // The example says nothing when it is up, so it is asked until it answers.
    const answer = await vi.waitFor(() => client.get('/'), { timeout: 20_000, interval: 100 });
    const first = Number(answer.body.match(/^visit (\d+)\n$/)?.[1]);
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.get('/')));
    expect(answers.map(({ body }) => body).sort()).toEqual(
      Array.from({ length: 50 }, (_, index) => `visit ${first + 1 + index}\n`).sort(),
    );
    await program.printed(new RegExp(`visit ${first + 50}`));
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('bring the muster command along', async () => {
    const port = await freePort();
    const env = { ...process.env, MUSTER_RUNTIME_DIR: join(folder, 'run'), PORT: String(port) };
    const muster = (...args: string[]) =>
      run(join(folder, 'node_modules/.bin/muster'), args, { cwd: folder, env });
    await writeFile(
      join(folder, 'plain.cjs'),
      "require('node:http').createServer((_, res) => res.end('plain')).listen(process.env.PORT)",
    );
    const started = muster('start', 'plain.cjs', '-w', '2');
    try {
      await vi.waitFor(async () => expect((await muster('status')).stdout).toContain('2/2 ready'), {
        timeout: 20_000,
        interval: 200,
      });
      expect((await createClient(port).get('/')).body).toBe('plain');
    } finally {
      await muster('stop');
    }
    await started;
    await expect(muster('status')).rejects.toMatchObject({ code: 3 });
  });
});
