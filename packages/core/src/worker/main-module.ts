/**
 * Loads a worker's module as `node file` would: `process.argv[1]` is its path, and `require.main === module` and
 * `import.meta.main` hold, which many servers ask before they listen.
 *
 * Node's own way to do so is `Module._load` with `isMain`, of either kind of module; it is not documented, but what
 * `module.runMain` is made of, and as old (https://nodejs.org/api/modules.html#accessing-the-main-module). It does not
 * tell when an ES module with top-level await has run, so that is imported once more: a module is evaluated once.
 */
import Module from 'node:module';
import { pathToFileURL } from 'node:url';

export async function loadMain(file: string): Promise<void> {
  process.argv[1] = file;
  const { _load } = Module as unknown as {
    _load(request: string, parent: null, isMain: boolean): unknown;
  };
  _load.call(Module, file, null, true);
  await import(pathToFileURL(file).href);
}
