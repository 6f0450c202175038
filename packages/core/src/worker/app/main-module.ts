/**
 * Loads a worker's module as `node file` would: `process.argv[1]` is its path, it runs once, and `require.main === module`
 * and `import.meta.main` hold, which many servers ask before they listen.
 *
 * Node's own ways to do so are undocumented, and as old as Node
 * (https://nodejs.org/api/modules.html#accessing-the-main-module): `Module._load` with `isMain`, and `Module.runMain` above
 * it. The first is complete when it returns, and is for CommonJS: loaders such as tsx would make CommonJS of an ES module
 * as well. The second takes ES modules, but does not tell when one with top-level await has run, so the module is imported
 * once more: an ES module is evaluated only once. It is the main one only if Node began to load it as such, which it does
 * after what `--import` names. So Node is given another main module behind it, and that one tells when it runs.
 */
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MAIN_BEGUN } from './main-begun.js';

interface MainLoader {
  _load(request: string, parent: null, isMain: boolean): unknown;
  runMain(main?: string): void;
}

const AFTER_MAIN = fileURLToPath(import.meta.resolve('#muster-after-main'));

export async function loadMain(file: string): Promise<void> {
  process.argv[1] = file;
  const { _load, runMain } = Module as unknown as MainLoader;
  if (isNamedModule(file)) runMain();
  else _load.call(Module, file, null, true);
  // If its syntax is that of an ES module, whatever its name says, Node is loading it as one.
  const { mainModule } = process as { mainModule?: { loaded: boolean } | undefined };
  if (mainModule?.loaded) return;
  const begun = new Promise<void>((resolve) => subscribe(MAIN_BEGUN, () => resolve()));
  runMain(AFTER_MAIN);
  await begun;
  await import(pathToFileURL(file).href);
}

/** Whether it is an ES module by its ending or its package (https://nodejs.org/api/packages.html#determining-module-system). */
function isNamedModule(file: string): boolean {
  const [, kind] = /\.([cm])[jt]s$/.exec(file) ?? [];
  if (kind !== undefined) return kind === 'm';
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const type = packageType(folder);
    if (type !== undefined) return type === 'module';
    if (folder === dirname(folder)) return false;
  }
}

/** `undefined` if the folder has no package.json. */
function packageType(folder: string): string | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).type ?? 'commonjs';
  } catch {
    return undefined;
  }
}
