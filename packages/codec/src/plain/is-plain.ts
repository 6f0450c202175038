// The fast path: telling in one pass that JSON alone carries a value exactly.

import { MAX_DEPTH } from '../limits.js';
import { hasNamedProperty } from './named-properties.js';

// Held here, because this is what a plain value pays on top of JSON.
const { getPrototypeOf, getOwnPropertySymbols } = Object;
const { isArray } = Array;
const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;

/**
 * True only if `JSON.parse(JSON.stringify(value))` is the same value. False says nothing yet: the value may
 * be rich, or one that cannot be carried. A cycle ends at the depth limit.
 */
export function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isPlainNumber(value);
    case 'object':
      return value === null || isPlainTree(value, 1);
    default:
      return false;
  }
}

/** Neither NaN nor ±Infinity nor -0. */
export function isPlainNumber(value: number): boolean {
  return value === 0 ? 1 / value > 0 : value - value === 0;
}

function isPlainTree(tree: object, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  return isArray(tree) ? isPlainArray(tree, depth) : isPlainObject(tree, depth);
}

// The loops tell the types apart themselves: a call for every string costs more than the string.

function isPlainArray(array: readonly unknown[], depth: number): boolean {
  if (getPrototypeOf(array) !== arrayPrototype) return false;
  const { length } = array;
  for (let index = 0; index < length; index++) {
    const value = array[index];
    if (typeof value === 'string') continue;
    if (typeof value === 'number') {
      if (!isPlainNumber(value)) return false;
    } else if (typeof value === 'object') {
      if (value !== null && !isPlainTree(value, depth + 1)) return false;
    } else if (typeof value !== 'boolean') return false;
  }
  return getOwnPropertySymbols(array).length === 0 && !hasNamedProperty(array);
}

function isPlainObject(object: object, depth: number): boolean {
  if (getPrototypeOf(object) !== objectPrototype) return false;
  for (const key in object) {
    if (key === '__proto__') return false;
    const value = (object as Record<string, unknown>)[key];
    if (typeof value === 'string') continue;
    if (typeof value === 'number') {
      if (!isPlainNumber(value)) return false;
    } else if (typeof value === 'object') {
      if (value !== null && !isPlainTree(value, depth + 1)) return false;
    } else if (typeof value !== 'boolean') return false;
  }
  return getOwnPropertySymbols(object).length === 0;
}
