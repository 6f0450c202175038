/**
 * What all copies of this package in a process have in common: the copy that runs the worker is that of the `muster`
 * command, which may be installed globally, and the one that the app imports is a dependency of its own.
 *
 * The shape of what is shared never changes under its name: the copies may be of different versions.
 */
export function sharedByCopies<Shared>(name: string, create: () => Shared): Shared {
  const key = Symbol.for(`@muster/core/${name}`);
  const home = globalThis as { [key: symbol]: Shared | undefined };
  home[key] ??= create();
  return home[key];
}
