// A three-way merge: what one request changed, on top of what others saved meanwhile.
import type { SessionFields } from '../sessions.js';

export interface Merged {
  /** JSON text of the fields. */
  readonly data: string;
  /** Top-level fields in which both changed one value, each to another. */
  readonly conflicts: readonly string[];
}

/** Objects that are nested deeper than this are merged as one value. */
export const MAX_MERGE_DEPTH = 64;

/** Stands for the value of a field that does not exist: it was deleted, or never was. */
const ABSENT = Symbol('absent');

/** What JSON can hold, or nothing. */
type Value = unknown;
type Fields = Readonly<Record<string, Value>>;

/**
 * Objects are merged by key, and as deep as they go; an array, and everything else, is one value, compared as JSON. If both
 * changed one value, mine is taken. Two objects are merged even if there was none before: both have added to it.
 *
 * Reads each value a bounded number of times, whatever its depth.
 *
 * @param base what the request loaded
 * @param mine JSON text of what it saves
 * @param current what is stored
 */
export function mergeFields(base: SessionFields, mine: string, current: SessionFields): Merged {
  const saved: SessionFields = JSON.parse(mine);
  const conflicts: string[] = [];
  const merged = mergeObjects(base, saved, current, 1, (name) => conflicts.push(name));
  return { data: JSON.stringify(merged), conflicts };
}

/** Their fields stay, in their order; those that only I have come after them. */
function mergeObjects(
  base: Fields,
  mine: Fields,
  theirs: Fields,
  depth: number,
  onConflict: (name: string) => void,
): Fields {
  const merged = new Map(Object.entries(theirs));
  for (const name of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    const versions = [base, mine, theirs].map((from) => fieldOf(from, name)) as Versions;
    let isConflict = false;
    const value = mergeValues(versions, depth, () => {
      isConflict = true;
    });
    if (isConflict) onConflict(name);
    if (value === ABSENT) merged.delete(name);
    else merged.set(name, value);
  }
  // This defines each field, so that one called `__proto__` is a field like any other.
  return Object.fromEntries(merged);
}

type Versions = [was: Value, is: Value, theirs: Value];

function mergeValues([was, is, theirs]: Versions, depth: number, onConflict: () => void): Value {
  if (isObject(is) && isObject(theirs) && depth < MAX_MERGE_DEPTH) {
    return mergeObjects(isObject(was) ? was : {}, is, theirs, depth + 1, onConflict);
  }
  if (isSame(is, was) || isSame(is, theirs)) return theirs;
  if (!isSame(theirs, was)) onConflict();
  return is;
}

function isObject(value: Value): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldOf(fields: Fields, name: string): Value {
  return Object.hasOwn(fields, name) ? fields[name] : ABSENT;
}

function isSame(one: Value, other: Value): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  return JSON.stringify(one) === JSON.stringify(other);
}
