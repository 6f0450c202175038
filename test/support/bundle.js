// Bundles the modules in each package's `dist` into the few files in its `lib` that are published. Node finds, reads and
// compiles each module at every start of a process, and a worker that starts is one that somebody waits for.
// Each file that package.json names in `lib` is an entry, made from the module of the same name in `dist`.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, stop } from 'esbuild';
import { buildConsole } from '../../packages/console/build.js';

const all = join(import.meta.dirname, '../../packages');

/** @param {string} folder of all packages, built. */
export async function bundleAll(folder = all) {
  const names = await readdir(folder);
  await Promise.all(names.map((name) => bundle(join(folder, name))));
  await stop();
}

/** @param {string} folder of the package. */
async function bundle(folder) {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const named = [manifest.exports, manifest.imports, manifest.bin].flatMap((it) => targetsIn(it));
  const entries = named
    .filter((target) => target.startsWith('./lib/'))
    .map((target) => target.replace('./lib/', './dist/'));
  /** @type {import('esbuild').BuildOptions} */
  const options = {
    absWorkingDir: folder,
    outbase: 'dist',
    outdir: 'lib',
    chunkNames: 'chunks/[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    external: Object.keys(manifest.imports ?? {}),
    define: { MUSTER_VERSION: JSON.stringify(manifest.version) },
    legalComments: 'none',
    logLevel: 'warning',
  };
  const { metafile } = await build({
    ...options,
    entryPoints: entries,
    metafile: true,
    write: false,
  });
  // What is loaded later keeps its name: a process may look for it after the package was installed anew under it.
  const later = Object.values(metafile.inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ kind, external }) => kind === 'dynamic-import' && !external)
    .map(({ path }) => `./${path}`);
  const entryPoints = [...new Set([...entries, ...later])];
  const { outputFiles } = await build({ ...options, entryPoints, write: false });
  await Promise.all(outputFiles.map(({ path, contents }) => writeWhereNew(path, contents)));
  await removeAllBut(
    outputFiles.map(({ path }) => path),
    join(folder, 'lib'),
  );
}

/**
 * Leaves what is the same untouched: processes may be starting from it.
 *
 * @param {string} path
 * @param {Uint8Array} contents
 */
async function writeWhereNew(path, contents) {
  const old = await readFile(path).catch(() => undefined);
  if (old?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents);
}

/**
 * @param {readonly string[]} kept
 * @param {string} folder
 */
async function removeAllBut(kept, folder) {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const old = files.filter((it) => it.isFile()).map((it) => join(it.parentPath, it.name));
  await Promise.all(old.filter((path) => !kept.includes(path)).map((path) => rm(path)));
}

/**
 * @param {unknown} map such as `exports` of a package.json.
 * @returns {string[]} the paths in it
 */
function targetsIn(map) {
  if (typeof map === 'string') return [map];
  return Object.values(map ?? {}).flatMap((it) => targetsIn(it));
}

/** For vitest: after `tsc -b` alone, what the tests fork would be the code of before. */
export async function setup() {
  await Promise.all([bundleAll(), buildConsole()]);
}

if (process.argv[1] === import.meta.filename) await bundleAll();
