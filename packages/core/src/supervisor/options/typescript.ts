// A path that names the JavaScript of a TypeScript file, before it is compiled: `./app.js` where only `./app.ts` exists.
import { existsSync } from 'node:fs';

const LOADER = /(^|[\s/\\=@])(tsx|ts-node)([\s/\\]|$)/;

/** The TypeScript file that stands for the path in an `import`. `undefined` if there is none. */
export function typescriptOf(path: string): string | undefined {
  const [, stem, kind] = /^(.*\.[cm]?)js(x?)$/.exec(path) ?? [];
  if (stem === undefined) return undefined;
  return [`${stem}ts${kind}`, `${stem}tsx`].find((file) => existsSync(file));
}

/** Whether Node was started with tsx or ts-node, which load that file in place of the other. */
export function loadsTypeScript(
  execArgv: readonly string[] = process.execArgv,
  nodeOptions = process.env.NODE_OPTIONS ?? '',
): boolean {
  return [...execArgv, nodeOptions].some((text) => LOADER.test(text));
}
