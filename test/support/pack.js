// Packs the packages as they would be published. As a program, into a folder: `node test/support/pack.js <folder> [repository]`.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildConsole } from '../../packages/console/build.js';
import { bundleAll } from './bundle.js';
import { publishedManifest, publishedReadme } from './published-pages.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const NEVER_COPIED = new Set(['dist', 'lib', '.build', 'test']);

/**
 * Builds and packs every package into a new folder; whoever asks removes it.
 *
 * It builds in a copy of the sources: `tsc -b` leaves the output of deleted ones in `dist`, and tests may be using the
 * `dist` that lies here.
 *
 * @param {string} [repository] its address, to which links of the READMEs lead. Default: `repository.url` of package.json
 * @returns {Promise<string>} the folder, with a `.tgz` for each package and nothing else
 */
export async function packAll(repository) {
  const tarballs = await mkdtemp(join(tmpdir(), 'muster-tarballs-'));
  const copy = await mkdtemp(join(tmpdir(), 'muster-pack-'));
  try {
    // A build leaves nothing of the one before, and so the page is copied as it is.
    await buildConsole();
    await copySources(copy);
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], {
      cwd: copy,
    });
    await bundleAll(join(copy, 'packages'));
    for (const name of await readdir(join(copy, 'packages'))) {
      await publishable(join(copy, 'packages', name), repository ?? (await repositoryOf(copy)));
    }
    await pnpm(['--recursive', 'pack', '--pack-destination', tarballs], copy);
  } finally {
    await rm(copy, { recursive: true });
  }
  return tarballs;
}

/** @param {string} root @returns {Promise<string | undefined>} */
async function repositoryOf(root) {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).repository?.url;
}

/**
 * @param {string} folder of a package
 * @param {string | undefined} repository
 */
async function publishable(folder, repository) {
  const readme = join(folder, 'README.md');
  const manifest = join(folder, 'package.json');
  const about = JSON.parse(await readFile(manifest, 'utf8'));
  const page = publishedReadme(await readFile(readme, 'utf8'), about, repository);
  await writeFile(readme, page);
  await writeFile(manifest, JSON.stringify(publishedManifest(about, repository), null, 2));
}

/** @param {string} copy */
async function copySources(copy) {
  for (const name of [
    'package.json',
    'pnpm-workspace.yaml',
    'tsconfig.json',
    'tsconfig.base.json',
  ]) {
    await cp(join(root, name), join(copy, name));
  }
  await cp(join(root, 'packages'), join(copy, 'packages'), {
    recursive: true,
    // The links of pnpm are relative, and lead from the copy into the node_modules linked below.
    verbatimSymlinks: true,
    filter: (source) => !NEVER_COPIED.has(basename(source)),
  });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
}

/**
 * The pnpm that runs this script, or the one that the README names.
 *
 * @param {string[]} args
 * @param {string} cwd
 */
function pnpm(args, cwd) {
  const caller = process.env.npm_execpath ?? '';
  if (basename(caller).startsWith('pnpm')) return run(caller, args, { cwd });
  return run('npx', ['-y', 'pnpm@12', ...args], { cwd });
}

/**
 * Older packages in the folder go: whatever is installed from there is of one build.
 *
 * @param {string} folder
 * @param {string} [repository]
 */
async function packInto(folder, repository) {
  const tarballs = await packAll(repository);
  await mkdir(folder, { recursive: true });
  const old = (await readdir(folder)).filter((name) => /^muster-.*\.tgz$/.test(name));
  await Promise.all(old.map((name) => rm(join(folder, name))));
  await cp(tarballs, folder, { recursive: true });
  await rm(tarballs, { recursive: true });
  console.log(`${(await readdir(folder)).join('\n')}\nin ${folder}`);
}

if (process.argv[1] === import.meta.filename) {
  const [folder, repository] = process.argv.slice(2);
  if (folder === undefined) throw new Error('pack:all <folder>: where to put the packages');
  await packInto(resolve(folder), repository);
}
