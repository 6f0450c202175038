// Which files count as code for `--watch`: pure functions of their paths.
import { basename, extname, isAbsolute, relative } from 'node:path';
import picomatch from 'picomatch';

/** What a server is made of. */
const CODE = new Set('.js .mjs .cjs .jsx .ts .mts .cts .tsx .node .wasm'.split(' '));
/** Read by Node and by compilers, not by the code. */
const CONFIGURATION = /^(package|tsconfig(\..+)?)\.json$/;

/** `.git`, `.muster`, `.env.swp`; and what other people wrote. */
export function isHidden(path: string): boolean {
  const name = basename(path);
  return name === 'node_modules' || name.startsWith('.');
}

/** Whether a change of such a file may be one of the code; of JSON, `countsAsCode` knows more once it has changed. */
export function mayBeCode(path: string): boolean {
  return CODE.has(extname(path)) || extname(path) === '.json';
}

/**
 * JSON counts where code has loaded it: a server also writes JSON, and each write would be a reload.
 *
 * @param loaded what code has loaded, without links
 * @param path without links
 */
export function countsAsCode(path: string, loaded: ReadonlySet<string>): boolean {
  if (extname(path) !== '.json') return true;
  return CONFIGURATION.test(basename(path)) || loaded.has(path);
}

/**
 * Whether one of the patterns says so: a path, with all below it; a glob; or a name without a slash, which is found in any
 * folder. Relative to `folder`.
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
