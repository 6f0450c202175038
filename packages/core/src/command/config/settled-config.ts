/**
 * The data of a config, each property read once: what is checked is what is used, and a config cannot be another one at the
 * next look. Functions and objects of a class (a URL, a logger) stay what they are.
 */
import { ConfigError } from '../../errors.js';

/** Options are not nested deeper than that by far. */
const MAX_DEPTH = 50;

/** @throws ConfigError if it refers to itself, is nested without end, or a property of it throws */
export function settledConfig(file: string, config: object): object {
  const settled = (value: unknown, path: string, above: readonly object[]): unknown => {
    if (!isData(value)) return value;
    if (above.includes(value)) {
      throw new ConfigError(
        file,
        `refers to itself: ${path || 'all of it'} is an object above it.`,
      );
    }
    if (above.length > MAX_DEPTH) {
      throw new ConfigError(file, `is nested too deeply at ${path.slice(0, 100)}.`);
    }
    const within = [...above, value];
    if (Array.isArray(value)) return value.map((item, n) => settled(item, `${path}[${n}]`, within));
    const copy: Record<string, unknown> = Object.create(Object.getPrototypeOf(value));
    for (const name of Object.keys(value)) {
      const at = path === '' ? name : `${path}.${name}`;
      const own = { enumerable: true, writable: true, configurable: true };
      Object.defineProperty(copy, name, {
        ...own,
        value: settled(read(file, value, name, at), at, within),
      });
    }
    return copy;
  };
  return settled(config, '', []) as object;
}

function read(file: string, of: object, name: string, path: string): unknown {
  try {
    return (of as Record<string, unknown>)[name];
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new ConfigError(file, `threw where ${path} was read: ${why}`, { cause });
  }
}

function isData(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
