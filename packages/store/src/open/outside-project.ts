// Warns if the default store is created outside of a project: the script was probably started in the wrong folder.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files and folders that a project has in its root. */
const MARKS = ['package.json', 'node_modules', '.git'];

/** @param path of the default store, which is about to be created. */
export function warnOutsideProject(path: string): void {
  if (existsSync(path)) return;
  // It is `.muster/store` of the working folder.
  let folder = dirname(dirname(path));
  for (;;) {
    if (MARKS.some((mark) => existsSync(join(folder, mark)))) return;
    if (folder === dirname(folder)) break;
    folder = dirname(folder);
  }
  process.emitWarning(
    `A new, empty store is made at ${path}, which is in no project. If an app has its store elsewhere, say so: ` +
      'MUSTER_STORE_URL=lmdb:/srv/app/.muster/store, or the option url',
    { type: 'MusterWarning', code: 'MUSTER_STORE_OUTSIDE_PROJECT' },
  );
}
