/**
 * Options on top of options: groups (`drain`, `admin`, …), roles and variables are merged name by name, everything else is
 * replaced. `undefined` replaces nothing.
 */
import { InvalidOptionError } from '../../errors.js';

type Options = Readonly<Record<string, unknown>>;

export function mergeOptions<Base extends object, More extends object>(
  base: Base,
  more: More,
): Base & More {
  const result = { ...base } as Record<string, unknown>;
  for (const [name, value] of Object.entries(more)) {
    if (value === undefined) continue;
    const under = result[name];
    // `--machines` joins the machines that the config describes.
    if (name === 'machines' && value === true && isGroup(under)) continue;
    if (name === 'env') result[name] = mergedEnv(under, value);
    else if (name === 'sticky' && isGroup(under) && isGroup(value))
      result[name] = mergedSticky(under, value);
    else result[name] = isGroup(under) && isGroup(value) ? mergeOptions(under, value) : value;
  }
  return result as Base & More;
}

/** The name is that of a cookie: another `by` has another one, or none. */
function mergedSticky({ name, ...rest }: Options, more: Options): Options {
  return { ...rest, ...(more.by === undefined && name !== undefined && { name }), ...more };
}

/** Variables may come of a function, which is called when they are needed. */
function mergedEnv(under: unknown, value: unknown): unknown {
  if (typeof under !== 'function' && typeof value !== 'function') {
    return isGroup(under) && isGroup(value) ? { ...under, ...value } : value;
  }
  return () => ({ ...variablesOf(under), ...variablesOf(value) });
}

/** Those of `env`, now. @throws InvalidOptionError if a function made a promise of them, or what it throws itself */
export function variablesOf(env: unknown): Record<string, string> {
  const variables = typeof env === 'function' ? env() : env;
  if (typeof variables?.then !== 'function') return variables ?? {};
  // Nobody waits for it, so its rejection is handled here.
  Promise.resolve(variables).catch(() => {});
  throw new InvalidOptionError('what env returned is a promise: env is not waited for.');
}

/** Not a list, and not an object of a class, such as a URL or a logger. */
function isGroup(value: unknown): value is Options {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
