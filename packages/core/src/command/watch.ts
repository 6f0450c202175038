/**
 * `muster start --watch`: a new generation for each change of the code.
 *
 * chokidar, and not Node's own recursive `fs.watch`: on Linux that loses a file for good once an editor has saved it by
 * renaming over it (seen on Node 20.20 and 24.21), and it would watch all of node_modules.
 */
import { basename, extname } from 'node:path';

/** What a server is made of; data that it writes is not. */
const CODE = new Set('.js .mjs .cjs .jsx .ts .mts .cts .tsx .json .node .wasm'.split(' '));
/** Milliseconds of silence after a change: a build or a checkout changes many files. */
const SETTLE_MS = 100;

/** Calls `changed` when files below the folders have changed, with their names; returns what ends that. */
export async function watchCode(
  folders: readonly string[],
  changed: (files: readonly string[]) => void,
): Promise<() => Promise<void>> {
  const { watch } = await import('chokidar');
  const files = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch([...folders], {
    ignoreInitial: true,
    ignored: (path, stats) =>
      !folders.includes(path) &&
      (isHidden(path) || (stats?.isFile() === true && !CODE.has(extname(path)))),
  });
  watcher.on('all', (event, path) => {
    if (event === 'addDir' || event === 'unlinkDir') return;
    files.add(basename(path));
    clearTimeout(timer);
    timer = setTimeout(() => {
      const settled = [...files];
      files.clear();
      changed(settled);
    }, SETTLE_MS);
  });
  await new Promise<void>((resolve, reject) => {
    watcher.once('ready', resolve);
    watcher.once('error', reject);
  });
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}

/** `.git`, `.muster`, `.env.swp`; and what other people wrote. */
function isHidden(path: string): boolean {
  const name = basename(path);
  return name === 'node_modules' || name.startsWith('.');
}
