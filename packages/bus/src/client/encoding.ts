// How the payloads of a bus become text.

import { UnsupportedValueError } from '@muster/codec';
import { reasonOf } from '@muster/codec/thrown';
import type { BusOptions } from '../bus.js';
import { type Body, pack } from '../wire/body.js';

export type Encoding = NonNullable<BusOptions['encode']>;

/** @throws UnsupportedValueError */
export function packAs(encode: Encoding, payload: unknown): Body {
  return pack(encode === 'json' ? asJson(payload) : payload);
}

/** The value that JSON carries: functions are left out, and `toJSON` is called. */
function asJson(value: unknown): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new UnsupportedValueError('$', `JSON cannot write it: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return text === undefined ? undefined : JSON.parse(text);
}
