/**
 * Watches the code on disk for changes.
 *
 * chokidar, and not Node's own recursive `fs.watch`: on Linux `fs.watch` loses a file for good once an editor has saved it
 * by renaming over it (seen on Node 20.20 and 24.21), and it would watch all of node_modules.
 */

import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { countsAsCode, ignoring, isHidden, mayBeCode } from './watched-files.js';

/** Milliseconds without a change before a report: a build or a checkout changes many files. */
const SETTLE_MS = 100;

export interface Watched {
  /** Everything below them is watched. `ignore` is relative to the first. */
  readonly folders: readonly [string, ...string[]];
  /** Watched in any case. */
  readonly files: readonly string[];
  /** Paths and globs. */
  readonly ignore: readonly string[];
  /** Files that code has loaded. */
  readonly loaded: ReadonlySet<string>;
}

/** Calls `changed` with the names of the files when code has changed. Returns a function that ends this. */
export async function watchCode(
  { folders, files, ignore, loaded }: Watched,
  changed: (files: readonly string[]) => void,
): Promise<() => Promise<void>> {
  const { watch } = await import('chokidar');
  const isIgnored = ignoring(ignore, folders[0]);
  const versions = new Map<string, string>();
  const found = new Set<string>();
  let isReady = false;
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch([...folders, ...files], {
    alwaysStat: true,
    ignored: (path, stats) =>
      !folders.includes(path) &&
      !files.includes(path) &&
      (isHidden(path) || isIgnored(path) || (stats?.isFile() === true && !mayBeCode(path))),
  });
  watcher.on('all', (event, path, stats) => {
    if (event === 'addDir' || event === 'unlinkDir') return;
    const before = versions.get(path);
    // chokidar may report a file that has not changed, until somebody reads it.
    const version = stats && `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
    if (version === undefined) versions.delete(path);
    else versions.set(path, version);
    if (!isReady || (version !== undefined && version === before)) return;
    if (!files.includes(path) && !countsAsCode(withoutLinks(path), loaded)) return;
    found.add(basename(path));
    clearTimeout(timer);
    timer = setTimeout(() => {
      const settled = [...found];
      found.clear();
      changed(settled);
    }, SETTLE_MS);
  });
  await new Promise<void>((resolve, reject) => {
    watcher.once('ready', resolve);
    watcher.once('error', reject);
  });
  isReady = true;
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}

function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It was removed.
    return path;
  }
}
