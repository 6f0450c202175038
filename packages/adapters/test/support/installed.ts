// The package as it is installed, beside a version of a peer that the test names, or without it.
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

const packageFolder = join(import.meta.dirname, '../..');

/**
 * @param peers what is installed as which package, by the names of both in the `node_modules` of this package.
 * @returns the folder of the package; it is removed when the tests of the `describe` are over.
 */
export async function installedWith(peers: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-adapters-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const ours = join(packageFolder, 'node_modules/@muster');
  const links = Object.entries(peers).map(([name, from]) => [
    name,
    join(packageFolder, 'node_modules', from),
  ]);
  for (const name of await readdir(ours)) links.push([`@muster/${name}`, join(ours, name)]);
  for (const [name = '', target = ''] of links) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await realpath(target), link);
  }
  const installed = join(folder, 'node_modules/@muster/adapters');
  for (const part of ['lib', 'package.json']) {
    await cp(join(packageFolder, part), join(installed, part), { recursive: true });
  }
  return installed;
}
