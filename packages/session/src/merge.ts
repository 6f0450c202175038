// Three-way merge: what one request changed, on top of what others saved meanwhile.
import type { SessionFields } from './sessions.js';

export interface Merged {
  /** JSON text of the fields. */
  readonly data: string;
  /** Fields that both changed, and not to the same. */
  readonly conflicts: readonly string[];
}

/**
 * By top-level field, compared as JSON. A field that is not there was deleted, or never was.
 *
 * @param base what the request loaded
 * @param mine JSON text of what it saves
 * @param current what is stored
 */
export function mergeFields(base: SessionFields, mine: string, current: SessionFields): Merged {
  const before = textsOf(base);
  const saved = textsOf(JSON.parse(mine));
  const merged = textsOf(current);
  const conflicts: string[] = [];
  for (const name of new Set([...before.keys(), ...saved.keys()])) {
    const [was, is, theirs] = [before.get(name), saved.get(name), merged.get(name)];
    if (is === was || is === theirs) continue;
    if (theirs !== was) conflicts.push(name);
    if (is === undefined) merged.delete(name);
    else merged.set(name, is);
  }
  const pairs = [...merged].map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  return { data: `{${pairs.join(',')}}`, conflicts };
}

/** A Map, as a field may be called `__proto__`. */
function textsOf(fields: SessionFields): Map<string, string> {
  return new Map(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)]));
}
