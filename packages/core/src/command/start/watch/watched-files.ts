// Decides which files count as code for `--watch`: pure functions of their paths.
import { basename, extname, isAbsolute, relative } from 'node:path';
import picomatch from 'picomatch';

/** Endings of code files. */
const CODE = new Set('.js .mjs .cjs .jsx .ts .mts .cts .tsx .node .wasm'.split(' '));
/** Files that Node and compilers read, not the code. */
const CONFIGURATION = /^(package|tsconfig(\..+)?)\.json$/;

/** Names such as `.git`, `.muster` and `.env.swp`, and `node_modules`. */
export function isHidden(path: string): boolean {
  const name = basename(path);
  return name === 'node_modules' || name.startsWith('.');
}

/** Whether a change of this file may change the code. For JSON, `countsAsCode` decides after the change. */
export function mayBeCode(path: string): boolean {
  return CODE.has(extname(path)) || extname(path) === '.json';
}

/**
 * JSON counts if code has loaded it: a server also writes JSON, and each write would trigger a reload.
 *
 * @param loaded the files that code has loaded, without links
 * @param path without links
 */
export function countsAsCode(path: string, loaded: ReadonlySet<string>): boolean {
  if (extname(path) !== '.json') return true;
  return CONFIGURATION.test(basename(path)) || loaded.has(path);
}

/**
 * Tells whether one of the patterns matches: a path, with everything below it; a glob; or a name without a slash, in any
 * folder. Patterns are relative to `folder`.
 */
export function ignoring(patterns: readonly string[], folder: string): (path: string) => boolean {
  const rules = patterns.map((given) => {
    const pattern = given.replace(/^\.\//, '').replace(/\/+$/, '');
    const matches = picomatch(pattern, { dot: true, basename: !pattern.includes('/') });
    return (path: string) => {
      const told = isAbsolute(pattern) ? path : relative(folder, path);
      return told === pattern || told.startsWith(`${pattern}/`) || matches(told);
    };
  });
  return (path) => path !== folder && rules.some((ignores) => ignores(path));
}
