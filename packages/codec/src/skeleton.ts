// The rich part of a value, without its plain parts: superjson takes about a microsecond for every node that
// it walks, and in most values nearly all nodes are plain.

/** Stands for a plain part. To superjson it is an unknown object, which goes through as it is. */
class Plain {
  readonly value: object;

  constructor(value: object) {
    this.value = value;
  }
}

/**
 * A copy in which a Plain stands for every plain array or object. Looks into arrays, objects, Maps and Sets;
 * what is in anything else, as in an Error, is left for superjson.
 *
 * @param rich the arrays and objects that are not plain.
 */
export function toSkeleton(value: unknown, rich: ReadonlySet<object>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const part = (inner: unknown) => toSkeleton(inner, rich);
  switch (Object.getPrototypeOf(value)) {
    case Array.prototype:
      return rich.has(value) ? (value as unknown[]).map(part) : new Plain(value);
    case Object.prototype:
      if (!rich.has(value)) return new Plain(value);
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, part(inner)]));
    case Map.prototype:
      return new Map(
        Array.from(value as Map<unknown, unknown>, ([key, inner]) => [part(key), part(inner)]),
      );
    case Set.prototype:
      return new Set(Array.from(value as Set<unknown>, part));
    default:
      return value;
  }
}

/** The JSON that superjson made of a skeleton, with the plain parts back in their places. */
export function fillSkeleton(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (json instanceof Plain) return json.value;
  for (const key of Object.keys(json)) {
    const part = (json as Record<string, unknown>)[key];
    if (typeof part === 'object') (json as Record<string, unknown>)[key] = fillSkeleton(part);
  }
  return json;
}
