/**
 * Loads a worker's module as `node file` would: `process.argv[1]` is its path, it runs once, and `require.main === module`
 * and `import.meta.main` hold, which many servers ask before they listen.
 *
 * Node's own way to do so is undocumented, and as old as Node: `Module.runMain`, beside what
 * https://nodejs.org/api/modules.html#accessing-the-main-module describes. It decides as for `node file` which loader
 * takes the file. That is not always the one that its kind of module suggests: with `--import`, CommonJS passes the hooks
 * for ES modules as well, and a server that only they can load (TypeScript, say) does not run otherwise.
 *
 * CommonJS has run when it returns, unless Node loads it as an ES module. It does not tell when an ES module with top-level
 * await has run, so that one is imported once more: a module is evaluated only once. It is the main one only if Node began
 * to load it as such, which it does after what `--import` names. So Node is given another main module behind it, and that
 * one tells when it runs.
 */
import { subscribe } from 'node:diagnostics_channel';
import Module from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MAIN_BEGUN } from './main-begun.js';

interface MainLoader {
  runMain(main?: string): void;
}

const AFTER_MAIN = fileURLToPath(import.meta.resolve('#muster-after-main'));

export async function loadMain(file: string): Promise<void> {
  process.argv[1] = file;
  const { runMain } = Module as unknown as MainLoader;
  runMain();
  const { mainModule } = process as { mainModule?: { loaded: boolean } | undefined };
  if (mainModule?.loaded) return;
  const begun = new Promise<void>((resolve) => subscribe(MAIN_BEGUN, () => resolve()));
  runMain(AFTER_MAIN);
  await begun;
  await import(pathToFileURL(file).href);
}
