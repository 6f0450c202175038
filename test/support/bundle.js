// Bundles the modules in each package's `dist` into the few files in its `lib` that are published. Node finds, reads and
// compiles each file at every start of a process, and a worker that starts is one that somebody waits for.
// Each file that package.json names in `lib` is an entry, made from the module of the same name in `dist`.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { buildConsole } from '../../packages/console/build.js';

const all = join(import.meta.dirname, '../../packages');

const COMMAND = 'command/main.js';
/**
 * What processes start with, of the packages that have more than a few modules. A worker starts with `index`.
 *
 * @type {Record<string, string[]>}
 */
const STARTS = {
  bus: ['index.js', 'assign-member.js', 'member-env.js'],
  core: ['index.js', 'supervisor/start-primary.js', COMMAND],
  store: ['index.js', 'cluster/index.js'],
};

/** @param {string} folder of all packages, built. */
export async function bundleAll(folder = all) {
  const names = await readdir(folder);
  await Promise.all(names.map((name) => bundle(join(folder, name))));
}

/** @param {string} folder of the package. */
async function bundle(folder) {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const modules = join(folder, 'dist');
  const doors = [manifest.exports, manifest.imports, manifest.bin].flatMap((it) => targetsIn(it));
  const input = doors
    .filter((target) => target.startsWith('./lib/'))
    .map((target) => [
      target.slice('./lib/'.length, -'.js'.length),
      target.replace('/lib/', '/dist/'),
    ]);
  const starts = (STARTS[basename(folder)] ?? []).map((name) => join(modules, name));
  const build = await rolldown({
    cwd: folder,
    input: Object.fromEntries(input),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    // A door exports what it says, and nothing that another file of the package wants from it.
    preserveEntrySignatures: 'strict',
    transform: {
      target: 'node20.19',
      define: { MUSTER_VERSION: JSON.stringify(manifest.version) },
    },
  });
  const { output } = await build.generate({
    comments: { legal: false, jsdoc: false, annotation: true },
    minifyInternalExports: false,
    // What is loaded later keeps its name: a process may look for it after the package was installed anew under it.
    chunkFileNames: ({ isDynamicEntry, facadeModuleId }) =>
      isDynamicEntry && facadeModuleId ? relative(modules, facadeModuleId) : 'chunks/[hash].js',
    codeSplitting: { groups: sharedBy(starts) },
  });
  await build.close();
  const files = output.map((file) => ({
    path: join(folder, 'lib', file.fileName),
    contents: Buffer.from(file.type === 'chunk' ? file.code : file.source),
  }));
  await Promise.all(files.map(({ path, contents }) => writeWhereNew(path, contents)));
  await removeAllBut(
    files.map(({ path }) => path),
    join(folder, 'lib'),
  );
}

/**
 * One file for all modules that the same starts need: a start loads nothing that it does not use, and few files.
 *
 * @param {readonly string[]} starts
 * @returns {import('rolldown').CodeSplittingGroup[]} a module that more of them need comes first, because others import it.
 */
function sharedBy(starts) {
  /** @type {Map<string, Set<string>> | undefined} */
  let needed;
  return starts.map((_, index) => ({
    priority: index + 1,
    debugName: `shared by ${index + 1}`,
    name(id, context) {
      needed ??= needs(starts, context);
      const by = [...(needed.get(id) ?? [])];
      // Extensions of the primary use single modules of the command, and must not run it.
      if (by.every((start) => start === id || start.endsWith(COMMAND))) return null;
      return by.length === index + 1 ? by.map((start) => starts.indexOf(start)).join('-') : null;
    },
  }));
}

/**
 * @param {readonly string[]} starts
 * @param {import('rolldown').ChunkingContext} context
 * @returns {Map<string, Set<string>>} which of the starts need a module at once
 */
function needs(starts, context) {
  /** @type {Map<string, Set<string>>} */
  const needed = new Map();
  for (const start of starts) {
    const modules = new Set([start]);
    for (const id of modules) {
      for (const imported of context.getModuleInfo(id)?.importedIds ?? []) modules.add(imported);
      needed.set(id, (needed.get(id) ?? new Set()).add(start));
    }
  }
  return needed;
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
