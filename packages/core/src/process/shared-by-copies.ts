/**
 * State that all copies of this package in a process share: the worker is run by the copy of the `muster` command, which
 * may be installed globally, and the app imports its own dependency.
 *
 * The shape of the state under one name never changes, because the copies may have different versions.
 */
export function sharedByCopies<Shared>(name: string, create: () => Shared): Shared {
  const key = Symbol.for(`@muster/core/${name}`);
  const home = globalThis as { [key: symbol]: Shared | undefined };
  home[key] ??= create();
  return home[key];
}
