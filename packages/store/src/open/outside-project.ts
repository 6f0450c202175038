// The default store is in the working folder: a script that is started elsewhere would make another one, and find nothing.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the folder of a project has, or one above it. */
const MARKS = ['package.json', 'node_modules', '.git'];

/** Warns where the store is about to be made, and no folder above it is a project's. @param path of the default store. */
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
