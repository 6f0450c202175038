// Encodes and decodes values, and puts the key into errors.

import { CorruptValueError, decode, encode, UnsupportedValueError } from '@muster/codec';
import { shown } from '@muster/codec/options';
import { isError, reasonOf } from '@muster/codec/thrown';
import {
  CorruptStoreValueError,
  UnsupportedStoreValueError,
  ValueTooLargeError,
} from '../errors.js';

/** UTF-8 has at most this many bytes for a UTF-16 code unit. */
const BYTES_PER_UNIT = 3;

export class ValueCodec {
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  encode(key: string, value: unknown): string {
    if (value === undefined) {
      const reason =
        'undefined says that there is no value; use delete(), or null for an empty value';
      throw new UnsupportedStoreValueError(key, '$', reason);
    }
    const text = this.#text(key, value);
    this.checkSize(key, text);
    return text;
  }

  /** @throws ValueTooLargeError */
  checkSize(key: string, text: string): void {
    if (text.length * BYTES_PER_UNIT <= this.#maxBytes) return;
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#maxBytes) throw new ValueTooLargeError(key, bytes, this.#maxBytes);
  }

  decode(key: string, text: string): unknown {
    try {
      return decode(text);
    } catch (cause) {
      if (cause instanceof CorruptValueError) throw new CorruptStoreValueError(key, { cause });
      throw cause;
    }
  }

  #text(key: string, value: unknown): string {
    try {
      return encode(value);
    } catch (cause) {
      if (cause instanceof UnsupportedValueError) {
        throw new UnsupportedStoreValueError(key, cause.path, cause.message, { cause });
      }
      // A getter, a toJSON or a proxy of the value threw.
      throw new UnsupportedStoreValueError(key, '$', `reading it threw: ${describeThrown(cause)}`, {
        cause,
      });
    }
  }
}

function describeThrown(cause: unknown): string {
  return isError(cause) ? reasonOf(cause) : shown(cause);
}
