// Whether a value came back as it went. `node:util`'s isDeepStrictEqual takes any two URLs for equal, and no
// two invalid Dates, and looks neither at `lastIndex` everywhere nor at the order of keys.

import { inspect } from 'node:util';

export function expectSame(actual: unknown, expected: unknown): void {
  const difference = differenceOf(actual, expected, '$');
  if (difference !== undefined) {
    const [came, went] = [actual, expected].map((value) => inspect(value, { depth: 8 }));
    throw new Error(`came back different at ${difference}:\n${went}\nbecame\n${came}`);
  }
}

/** The path of the first difference. */
export function differenceOf(a: unknown, b: unknown, path: string): string | undefined {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b) ? undefined : path;
  }
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path} (prototype)`;
  return contentDifference(a, b, path) ?? fieldDifference(a, b, path);
}

function contentDifference(a: object, b: object, path: string): string | undefined {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length ? undefined : `${path}.length`;
  }
  if (a instanceof Map && b instanceof Map) {
    return differenceOf([...a], [...b], `${path}.entries()`);
  }
  if (a instanceof Set && b instanceof Set) return differenceOf([...a], [...b], `${path}.values()`);
  if (a instanceof Date && b instanceof Date) {
    return differenceOf(a.getTime(), b.getTime(), `${path}.getTime()`);
  }
  if (a instanceof URL && b instanceof URL) return differenceOf(a.href, b.href, `${path}.href`);
  if (a instanceof RegExp && b instanceof RegExp) {
    return differenceOf(regExpParts(a), regExpParts(b), path);
  }
  if (a instanceof Error && b instanceof Error) {
    return differenceOf(errorParts(a), errorParts(b), path);
  }
  if (isBytes(a) && isBytes(b))
    return bytesOf(a).equals(bytesOf(b)) ? undefined : `${path} (bytes)`;
  return undefined;
}

function fieldDifference(a: object, b: object, path: string): string | undefined {
  if (isBytes(a)) return undefined;
  const keys = Object.keys(a);
  const expected = Object.keys(b);
  if (keys.length !== expected.length) return `${path} (keys)`;
  for (const [index, key] of keys.entries()) {
    if (key !== expected[index]) return `${path} (order of keys)`;
    const at = `${path}[${JSON.stringify(key)}]`;
    const difference = differenceOf(Reflect.get(a, key), Reflect.get(b, key), at);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

const regExpParts = ({ source, flags, lastIndex }: RegExp) => [source, flags, lastIndex];

const errorParts = (error: Error) =>
  ['name', 'message', 'stack', 'code', 'cause', 'errors'].map((key) => Reflect.get(error, key));

type Bytes = ArrayBuffer | NodeJS.ArrayBufferView;

const isBytes = (value: object): value is Bytes =>
  value instanceof ArrayBuffer || ArrayBuffer.isView(value);

const bytesOf = (bytes: Bytes): Buffer =>
  ArrayBuffer.isView(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.from(bytes);
