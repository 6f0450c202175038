import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { withoutMuster } from '../../../../test/support/program.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/releases.js', import.meta.url));

async function startReleases() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'muster-releases-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const release = async (name: string, value: string) => {
    await mkdir(join(folder, name));
    await writeFile(
      join(folder, name, 'server.js'),
      `console.log(['up:', process.env.NODE_APP_INSTANCE, ${JSON.stringify(name)}, process.cwd(), process.env.RELEASE_VALUE].join(' '));
       require('node:http').createServer().listen(0, '127.0.0.1');`,
    );
    await symlink(name, join(folder, 'next'));
    await rename(join(folder, 'next'), join(folder, 'current'));
    await writeFile(join(folder, 'value.txt'), value);
  };
  await release('1', 'one');
  const program = spawn(process.execPath, [FIXTURE], {
    cwd: folder,
    env: withoutMuster(process.env),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(program, 'exit');
  onTestFinished(async () => {
    program.kill('SIGTERM');
    await exited;
  });
  const lines: string[] = [];
  createInterface({ input: program.stdout }).on('line', (line) => lines.push(line));
  /** The lines that begin so, once there are as many. */
  const printed = async (start: string, count: number) => {
    const found = () => lines.filter((line) => line.startsWith(start));
    await expect.poll(found, { interval: 50 }).toHaveLength(count);
    return found().sort();
  };
  const up = (slot: number, name: string, value: string) =>
    `up: ${slot} ${name} ${join(folder, name)} ${value}`;
  const say = (line: string) => program.stdin.write(`${line}\n`);
  return { folder, release, printed, up, say };
}

it('code, working directory and environment are those of the last reload, and follow links', async () => {
  const { folder, release, printed, up, say } = await startReleases();
  expect(await printed('up: ', 2)).toEqual([up(0, '1', 'one'), up(1, '1', 'one')]);

  await release('2', 'two');
  say('crash');
  const afterCrash = await printed('up: ', 3);
  expect(afterCrash.filter((line) => line === up(0, '1', 'one'))).toHaveLength(2);

  await rm(join(folder, 'value.txt'));
  say('reload');
  const [failed] = await printed('failed: ', 1);
  expect(failed).toMatch(/^failed: MUSTER_ENVIRONMENT .*: ENOENT: .*value\.txt/);
  expect(await printed('up: ', 3)).toEqual(afterCrash);

  await writeFile(join(folder, 'value.txt'), 'three');
  say('reload');
  await printed('done: reload', 1);
  expect(await printed('up: ', 5)).toEqual(
    [...afterCrash, up(0, '2', 'three'), up(1, '2', 'three')].sort(),
  );

  await writeFile(join(folder, 'value.txt'), 'four');
  say('scale 3');
  await printed('done: scale', 1);
  expect(await printed('up: 2', 1)).toEqual([up(2, '2', 'four')]);
});
