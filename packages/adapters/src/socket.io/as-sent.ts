// Values as Socket.IO's own parser would send them.
import { encode, UnsupportedValueError } from '@muster/codec';

/** `value` as the text of the codec. Where the codec cannot carry it, it becomes what a client would get. */
export function textOf(value: unknown): string {
  try {
    return encode(value);
  } catch (error) {
    if (!(error instanceof UnsupportedValueError)) throw error;
    return encode(asSent(value));
  }
}

/**
 * A copy that consists of plain objects, arrays and binary data: `toJSON` is called, functions are left out, as by
 * `JSON.stringify`.
 *
 * @throws RangeError for a value that contains itself.
 */
export function asSent(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return asSent(value.toJSON());
  if (Array.isArray(value)) return value.map((item) => asSent(item) ?? null);
  const entries = Object.entries(value).map(([name, item]) => [name, asSent(item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}
