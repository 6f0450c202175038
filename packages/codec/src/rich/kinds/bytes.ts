// Buffer, the typed arrays, ArrayBuffer and DataView: as base64, not as lists of numbers.

import { isAnyArrayBuffer, isArrayBuffer } from 'node:util/types';
import { refuseFields, refuseNamedProperty } from '../properties.js';
import type { Kind } from './kind.js';

type Bytes = ArrayBuffer | NodeJS.ArrayBufferView;

interface BytesClass {
  readonly prototype: object;
  new (bytes: ArrayBuffer): Bytes;
}

const names = [
  'ArrayBuffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array', // from Node 24 on
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
];

/** By name; the classes of this realm, which are all that come back as they went. */
const classes = new Map<string, BytesClass>();
const nameOfPrototype = new Map<object, string>([[Buffer.prototype, 'Buffer']]);

for (const name of names) {
  const found = (globalThis as unknown as Record<string, BytesClass | undefined>)[name];
  if (found) {
    classes.set(name, found);
    nameOfPrototype.set(found.prototype, name);
  }
}

function nameOf(value: unknown): string | undefined {
  return isAnyArrayBuffer(value) || ArrayBuffer.isView(value)
    ? nameOfPrototype.get(Object.getPrototypeOf(value))
    : undefined;
}

/** The part of memory that the value shows. Throws where that was detached. */
function bytesOf(value: Bytes): Buffer {
  return isAnyArrayBuffer(value)
    ? Buffer.from(value)
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

export const bytesKind: Kind<Bytes> = {
  name: 'bytes',

  is: (value): value is Bytes => nameOf(value) !== undefined,

  check(value, path) {
    const name = nameOf(value);
    const memory = isAnyArrayBuffer(value) ? value : value.buffer;
    if (!isArrayBuffer(memory)) {
      path.refuse('shared memory cannot be shared with another process; send a copy of the bytes');
    }
    if ((memory as { resizable?: boolean }).resizable) {
      path.refuse(
        'a resizable ArrayBuffer would come back with a fixed size; send a copy of the bytes',
      );
    }
    try {
      bytesOf(value);
    } catch (cause) {
      path.refuse(
        'its ArrayBuffer was transferred away, and is empty; send the bytes before that',
        { cause },
      );
    }
    if (isAnyArrayBuffer(value) || value instanceof DataView) {
      refuseFields(value, `a ${name}`, path);
    } else {
      refuseNamedProperty(value as Uint8Array, `a ${name}`, path);
    }
  },

  toForm: (value) => [nameOf(value), bytesOf(value).toString('base64')],

  fromForm(form) {
    const [name, text, ...rest] = Array.isArray(form) ? (form as unknown[]) : [];
    if (typeof name !== 'string' || typeof text !== 'string' || rest.length > 0) {
      throw new TypeError('bytes are the name of a class and a base64 text');
    }
    const bytes = Buffer.from(text, 'base64');
    // Node skips what is not base64: the length shows it.
    if (text.length % 4 !== 0 || bytes.length !== (text.replace(/={1,2}$/, '').length * 3) >> 2) {
      throw new TypeError('the bytes are not base64');
    }
    if (name === 'Buffer') return bytes;
    const BytesClass = classes.get(name);
    if (!BytesClass) throw new TypeError(`this version of Node has no ${name}`);
    const memory = new ArrayBuffer(bytes.length);
    bytes.copy(new Uint8Array(memory));
    return BytesClass === (ArrayBuffer as unknown) ? memory : new BytesClass(memory);
  },
};
