// Warns if the default store, which is in the working folder, is probably not the one that is meant: the script was started elsewhere.
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files and folders that a project has in its root. */
const MARKS = ['package.json', 'node_modules', '.git'];

/** @param path of the default store, which is about to be opened: `.muster/store` of the working folder. */
export function warnIfMisplaced(path: string): void {
  const ofProgram = storeOfProgram(path);
  if (ofProgram !== undefined && ofProgram !== path) {
    warn(
      { code: 'MUSTER_STORE_ELSEWHERE' },
      `This process uses the store at ${path}, under its working folder, and the folder of ${process.argv[1]} has ` +
        `another one. Start it in the folder of the app, or say which is meant: MUSTER_STORE_URL=lmdb:${ofProgram}`,
    );
  } else if (!existsSync(path) && !isInProject(path)) {
    warn(
      { code: 'MUSTER_STORE_OUTSIDE_PROJECT' },
      `A new, empty store is made at ${path}, which is in no project. If an app has its store elsewhere, say so: ` +
        'MUSTER_STORE_URL=lmdb:/srv/app/.muster/store, or the option url',
    );
  }
}

/** The store in the project of the program that runs: in its folder, or above it, up to the nearest package.json. */
function storeOfProgram(path: string): string | undefined {
  const name = path.slice(dirname(dirname(path)).length);
  const folders = above(programFolder());
  const root = folders.findIndex((folder) => existsSync(join(folder, 'package.json')));
  return folders
    .slice(0, root + 1)
    .map((folder) => join(folder, name))
    .find((store) => existsSync(store));
}

function programFolder(): string {
  try {
    return dirname(realpathSync(process.argv[1] ?? ''));
  } catch {
    // Code from the command line.
    return process.cwd();
  }
}

const isInProject = (path: string): boolean =>
  above(dirname(dirname(path))).some((folder) =>
    MARKS.some((mark) => existsSync(join(folder, mark))),
  );

/** The folder and all above it, nearest first. */
function above(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
}

function warn({ code }: { code: string }, text: string): void {
  process.emitWarning(text, { type: 'MusterWarning', code });
}
