// The rich parts of a value without its plain parts: superjson takes about a microsecond for every node that
// it walks, and in most values nearly all nodes are plain.

import { isPlainNumber } from '../plain/is-plain.js';
import { isListOfEntries } from './kinds/dictionaries.js';

const { getPrototypeOf } = Object;

/** The arrays and plain objects that JSON alone does not carry. */
type Rich = ReadonlySet<object>;

/**
 * A copy with a gap for every plain part. Looks into arrays, objects, Maps and Sets; what is in anything
 * else, as in an Error, is left for superjson.
 */
export function toSkeleton(value: unknown, rich: Rich): unknown {
  if (typeof value !== 'object' || value === null) return value;
  switch (getPrototypeOf(value)) {
    case Array.prototype: {
      const array = value as unknown[];
      const skeleton: unknown[] = new Array(array.length);
      for (const [index, part] of array.entries()) {
        if (!isPlainPart(part, rich)) skeleton[index] = toSkeleton(part, rich);
      }
      return skeleton;
    }
    case Object.prototype: {
      const skeleton: Record<string, unknown> = {};
      // The indices of a list are in the annotations, so that it has all of its entries.
      const isList = isListOfEntries(value);
      for (const [key, part] of Object.entries(value)) {
        if (!isPlainPart(part, rich)) skeleton[key] = toSkeleton(part, rich);
        else if (isList) skeleton[key] = null;
      }
      return skeleton;
    }
    case Map.prototype: {
      const entries = [...(value as Map<unknown, unknown>)];
      return new Map(
        entries.map(([key, part], index) => [
          // A number, as no other key becomes one.
          isPlainPart(key, rich) ? index : toSkeleton(key, rich),
          isPlainPart(part, rich) ? null : toSkeleton(part, rich),
        ]),
      );
    }
    case Set.prototype: {
      const parts = [...(value as Set<unknown>)];
      return new Set(
        parts.map((part, index) => (isPlainPart(part, rich) ? index : toSkeleton(part, rich))),
      );
    }
    default:
      return value;
  }
}

/** The JSON that superjson made of the skeleton, with the plain parts of the value in the gaps. */
export function fillSkeleton(json: unknown, value: unknown, rich: Rich): unknown {
  if (typeof value !== 'object' || value === null) return json;
  const fill = (inner: unknown, part: unknown) =>
    isPlainPart(part, rich) ? part : fillSkeleton(inner, part, rich);
  const fillEntries = (entries: [unknown, unknown][]) =>
    entries.map(([key, part], index) => {
      const [innerKey, inner] = (json as [unknown, unknown][])[index] as [unknown, unknown];
      return [fill(innerKey, key), fill(inner, part)];
    });

  switch (getPrototypeOf(value)) {
    case Array.prototype:
      return (value as unknown[]).map((part, index) => fill((json as unknown[])[index], part));
    case Object.prototype: {
      if (isListOfEntries(value)) return fillEntries(Object.entries(value));
      const filled: Record<string, unknown> = {};
      for (const [key, part] of Object.entries(value)) {
        filled[key] = fill((json as Record<string, unknown>)[key], part);
      }
      return filled;
    }
    case Map.prototype:
      return fillEntries([...(value as Map<unknown, unknown>)]);
    case Set.prototype:
      return Array.from(value as Set<unknown>, (part, index) =>
        fill((json as unknown[])[index], part),
      );
    default:
      return json;
  }
}

function isPlainPart(part: unknown, rich: Rich): boolean {
  switch (typeof part) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isPlainNumber(part);
    case 'object': {
      if (part === null) return true;
      const prototype = getPrototypeOf(part);
      return (prototype === Object.prototype || prototype === Array.prototype) && !rich.has(part);
    }
    default:
      return false;
  }
}
