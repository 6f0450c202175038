// Bodies: the payloads of a parcel as one text, comma after comma, so that parcels join by concatenation
// and the receiver parses a whole run of messages at once.

import { fromWire, toWire } from '@muster/codec';

/** @throws UnsupportedValueError */
export function pack(payload: unknown): string {
  return JSON.stringify(toWire(payload));
}

/**
 * The payloads, still in their wire form: `unpack` opens each.
 *
 * @throws SyntaxError for a body that `pack` did not write.
 */
export function split(body: string): unknown[] {
  return JSON.parse(`[${body}]`) as unknown[];
}

/** @throws CorruptValueError */
export function unpack(wire: unknown): unknown {
  return fromWire(wire);
}

/** The ids of a body of pairs, none for one that is none. */
export function idsOf(body: string): number[] {
  try {
    return split(body).filter((id, i): id is number => i % 2 === 0 && Number.isSafeInteger(id));
  } catch {
    return [];
  }
}
