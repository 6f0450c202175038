// Bounds that hold in both directions.

/**
 * How many levels of JSON a value may be nested. superjson recurses, and is at the end of a fresh stack
 * after about 1,500 levels; a caller who is deep in a stack of its own has two thirds of it left.
 * An array or object is one level; a Map or an Error, which JSON writes as several, counts as several.
 */
export const MAX_DEPTH = 500;
