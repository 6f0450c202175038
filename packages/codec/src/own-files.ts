// What a package loads or runs besides the modules that it imports: files of its own, and packages that may be missing.

type NodeModule = typeof import('node:module');

/**
 * `require` as a module has it.
 *
 * Bundlers replace what they recognise as `createRequire(import.meta.url)`, by numbers of modules of theirs for example, so
 * Node's function is taken from where they do not see it.
 *
 * @param url `import.meta.url` of the module. A bundle in CommonJS has none: there, the bundle itself requires.
 */
export function requireFrom(url: string | undefined): NodeJS.Require {
  const { createRequire } = process.getBuiltinModule('node:module') as NodeModule;
  const bundle = typeof __filename === 'string' ? __filename : process.execPath;
  return createRequire(url?.startsWith('file:') ? url : bundle);
}

/**
 * The path of a file in a package that a process of its own runs. `undefined` in a bundle, which has no files beside it.
 *
 * @param name as `imports` in the package.json of the module calls it. Begin it with `#muster-`: in a bundle, the
 *   package.json is that of the app, which has names of its own.
 * @param url `import.meta.url` of the module.
 */
export function ownFile(name: `#muster-${string}`, url: string | undefined): string | undefined {
  try {
    return requireFrom(url).resolve(name);
  } catch {
    return undefined;
  }
}
