// Bodies: the payloads of a parcel as one text, comma after comma, so that parcels join by concatenation
// and the receiver parses a whole run of messages at once.

import { fromWire, toWire } from '@muster/codec';

/** @throws UnsupportedValueError */
export function pack(payload: unknown): string {
  return JSON.stringify(toWire(payload));
}

/** @throws SyntaxError, CorruptValueError for a body that `pack` did not write. */
export function unpack(body: string): unknown[] {
  const wires: unknown[] = JSON.parse(`[${body}]`);
  return wires.map((wire) => fromWire(wire));
}
