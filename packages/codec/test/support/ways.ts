// The two ways there are to carry a value. Every promise of the codec is tested on both.

import { decode, encode, fromWire, toWire } from '@muster/codec';

export interface Way {
  readonly name: string;
  /** To what crosses the process boundary, as a text. */
  write(value: unknown): string;
  read(text: string): unknown;
}

const text: Way = { name: 'encode and decode', write: encode, read: decode };

/** Node's IPC channel stringifies a frame, and parses it at the other end. */
const wire: Way = {
  name: 'toWire and fromWire',
  write: (value) => JSON.stringify({ frame: [toWire(value)] }),
  read: (frame) => fromWire(JSON.parse(frame).frame[0]),
};

export const ways: readonly Way[] = [text, wire];
