// The meta of a superjson form that came from outside: checked to be what the encoder writes, before
// superjson acts on it. That keeps every path inside of the value, and the work linear in the text.

import { CorruptValueError } from '../errors.js';
import { classNamed, plainFormName } from './classes.js';
import { kinds } from './kinds/index.js';
import { MAX_DECIMAL_LENGTH } from './kinds/leaves.js';

type Json = Record<string, unknown> | unknown[];

const kindNames = new Set(kinds.map(({ name }) => name));

const isString = (json: unknown): json is string => typeof json === 'string';

/** Of superjson's own annotations, those the encoder uses, and what the value under each looks like. */
const plainForms = new Map<unknown, (json: unknown) => boolean>([
  ['undefined', (json) => json === null],
  ['bigint', (json) => isString(json) && json.length <= MAX_DECIMAL_LENGTH && /^-?\d+$/.test(json)],
  ['number', (json) => isString(json) && /^(NaN|-?Infinity|-0)$/.test(json)],
  ['Date', (json) => isString(json) && !Number.isNaN(Date.parse(json))],
  ['URL', isString],
  ['set', Array.isArray],
  [
    'map',
    (json) =>
      Array.isArray(json) && json.every((entry) => Array.isArray(entry) && entry.length === 2),
  ],
]);

/**
 * `values` is a tree: `[type]`, or `[type, { path: tree }]` where parts of the value have a type too, or
 * only `{ path: tree }` at the root. A path is keys with dots between them, as in `user.visits.0`.
 *
 * @throws CorruptValueError
 */
export function assertAnnotations(json: unknown, values: unknown): void {
  if (values === undefined) return;
  if (Array.isArray(values)) assertTyped(json, values);
  else assertParts(json, values);
}

function assertTyped(json: unknown, tree: unknown): void {
  if (!Array.isArray(tree) || tree.length === 0 || tree.length > 2)
    corrupt('an annotation is not a type');
  const [type, parts] = tree as unknown[];
  if (tree.length === 2) assertParts(json, parts);
  const isForm = plainForms.get(type);
  if (isForm ? !isForm(json) : !isKnownClass(type, json)) {
    corrupt(
      `it has a part of the type ${JSON.stringify(type)}, which is not known or not in its form`,
    );
  }
}

function isKnownClass(type: unknown, json: unknown): boolean {
  if (!Array.isArray(type) || type.length !== 2) return false;
  const [sort, name] = type as unknown[];
  if (!isString(name)) return false;
  if (sort === 'class')
    return classNamed(name)?.form === 'fields' && isObject(json) && !Array.isArray(json);
  if (sort !== 'custom') return false;
  const className = name.startsWith(plainFormName(''))
    ? name.slice(plainFormName('').length)
    : undefined;
  return className === undefined ? kindNames.has(name) : classNamed(className)?.form === 'plain';
}

/** No part lies in another of the same list: its path would lead through a value that is made already. */
function assertParts(json: unknown, parts: unknown): void {
  if (!isObject(parts) || Array.isArray(parts)) corrupt('annotations are not an object');
  const passed = new Set<unknown>([json]);
  const typed = new Set<unknown>();
  for (const path of Object.keys(parts)) {
    let part = json;
    for (const key of keysOf(path)) {
      if (!isObject(part) || typed.has(part))
        corrupt(`an annotation leads to ${path}, where nothing is`);
      passed.add(part);
      part = partOf(part, key, path);
    }
    if (isObject(part)) {
      if (passed.has(part))
        corrupt(`an annotation leads through ${path}, which has one of its own`);
      typed.add(part);
    }
    assertTyped(part, parts[path]);
  }
}

function partOf(json: Json, key: string, path: string): unknown {
  const exists = Array.isArray(json)
    ? /^(0|[1-9]\d*)$/.test(key) && Number(key) < json.length
    : Object.hasOwn(json, key);
  if (!exists) corrupt(`an annotation leads to ${path}, where nothing is`);
  return (json as Record<string, unknown>)[key];
}

/** superjson's own way to write a path: dots between keys, a backslash before a dot or backslash in one. */
function keysOf(path: string): string[] {
  const keys: string[] = [];
  let key = '';
  for (let index = 0; index < path.length; index++) {
    const character = path.charAt(index);
    if (character === '.') {
      keys.push(key);
      key = '';
    } else {
      key += character === '\\' ? path.charAt(++index) : character;
    }
  }
  return [...keys, key];
}

function isObject(json: unknown): json is Json & Record<string, unknown> {
  return typeof json === 'object' && json !== null;
}

function corrupt(reason: string): never {
  throw new CorruptValueError(reason);
}
