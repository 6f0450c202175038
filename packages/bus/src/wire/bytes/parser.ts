// Bytes to packets, however the bytes are cut. The process that writes them may be hostile: bytes that no writer writes are
// refused at the first one that tells, and the memory of a packet that is not complete is bounded by the size of a packet.

import type { Body } from '../body.js';
import type { Address } from '../frame.js';
import { type Text, Utf8Text } from '../text.js';
import {
  ADDRESS_IS_JSON,
  ALL_FLAGS,
  ASCII,
  BODY_IS_LIST,
  HAS_ADDRESS,
  HEAD_BYTES,
  KINDS,
  LAYOUT_VERSION,
  LENGTH_BYTES,
  MAX_PACKET_BYTES,
  MAX_TEXTS,
  NAME_IS_JSON,
  PREAMBLE,
  VERSION_AT,
} from './layout.js';

/** `'strings'` for who reads the texts; `'bytes'` for who passes them on. */
export type TextForm = 'strings' | 'bytes';

/**
 * A text stays bytes if it is at least this share of the block of memory in which it came: as long as it waits, the whole
 * block does.
 */
const MIN_SHARE = 1 / 4;
const MIN_BYTES = 4 * 1024;

/** A phrase: what was found in the place of a packet. */
export type Fault = string;

export class ByteParser {
  readonly #form: TextForm;
  #preambleBytes = 0;
  /** A packet of which only the first bytes are here: its length, and from when that is complete all of it. */
  #partial: Buffer | undefined;
  #partialBytes = 0;
  #refusal: Fault | undefined;

  constructor(form: TextForm) {
    this.#form = form;
  }

  /**
   * Adds the packets that these bytes complete, in the flat form in which a frame has them.
   *
   * @returns why nothing more is read: what was complete before is in `parts`
   */
  read(chunk: Buffer, parts: unknown[]): Fault | undefined {
    if (this.#refusal === undefined) this.#refusal = this.#read(chunk, parts);
    return this.#refusal;
  }

  #read(chunk: Buffer, parts: unknown[]): Fault | undefined {
    let at = 0;
    for (; this.#preambleBytes < PREAMBLE.length && at < chunk.length; at++) {
      const expected = PREAMBLE[this.#preambleBytes++];
      if (chunk[at] !== expected) return faultOfPreamble(this.#preambleBytes, chunk[at]);
    }
    while (at < chunk.length) {
      if (this.#partial !== undefined) {
        const wanted = this.#partial.length - this.#partialBytes;
        const taken = chunk.copy(this.#partial, this.#partialBytes, at, at + wanted);
        this.#partialBytes += taken;
        at += taken;
        if (taken < wanted) return undefined;
        const refusal = this.#filled(this.#partial, parts);
        if (refusal !== undefined) return refusal;
        continue;
      }
      const left = chunk.length - at;
      if (left >= LENGTH_BYTES) {
        const length = chunk.readUInt32LE(at);
        const refusal = faultOfLength(length);
        if (refusal !== undefined) return refusal;
        if (left >= LENGTH_BYTES + length) {
          const end = at + LENGTH_BYTES + length;
          const fault = this.#packet(chunk, at, end, parts);
          if (fault !== undefined) return fault;
          at = end;
          continue;
        }
        this.#begin(LENGTH_BYTES + length);
      } else this.#begin(LENGTH_BYTES);
    }
    return undefined;
  }

  #begin(bytes: number): void {
    this.#partial = Buffer.allocUnsafeSlow(bytes);
    this.#partialBytes = 0;
  }

  #filled(partial: Buffer, parts: unknown[]): Fault | undefined {
    if (partial.length > LENGTH_BYTES) {
      this.#partial = undefined;
      return this.#packet(partial, 0, partial.length, parts);
    }
    const length = partial.readUInt32LE(0);
    const refusal = faultOfLength(length);
    if (refusal !== undefined) return refusal;
    this.#begin(LENGTH_BYTES + length);
    this.#partialBytes = partial.copy(this.#partial as Buffer);
    return undefined;
  }

  #packet(bytes: Buffer, start: number, end: number, parts: unknown[]): Fault | undefined {
    const kind = KINDS[bytes[start + 4] as number];
    const texts = bytes[start + 5] as number;
    const flags = bytes[start + 6] as number;
    const nameBytes = bytes.readUInt32LE(start + 8);
    const addressBytes = bytes.readUInt32LE(start + 12);
    const count = bytes.readDoubleLE(start + 16);
    if (kind === undefined) return 'a packet of no kind';
    if (flags > ALL_FLAGS || bytes[start + 7] !== 0)
      return 'a packet with flags that there are not';
    const isList = (flags & BODY_IS_LIST) !== 0;
    if (texts === 0 || texts > MAX_TEXTS || (!isList && texts !== 1))
      return 'a body of so many texts as none has';
    const addressAt = start + HEAD_BYTES + nameBytes;
    let at = addressAt + addressBytes;
    if (at > end) return 'a packet longer than it says';
    const name = stringAt(bytes, start + HEAD_BYTES, addressAt, (flags & NAME_IS_JSON) !== 0);
    const address =
      (flags & HAS_ADDRESS) === 0
        ? null
        : stringAt(bytes, addressAt, at, (flags & ADDRESS_IS_JSON) !== 0);
    if (name === undefined || address === undefined) return 'a name or an address that is no JSON';
    const body: Text[] = [];
    for (let i = 0; i < texts; i++) {
      if (at + LENGTH_BYTES > end) return 'a body shorter than it says';
      const field = bytes.readUInt32LE(at);
      const textAt = at + LENGTH_BYTES;
      at = textAt + (field & ~ASCII);
      if (at > end) return 'a body longer than its packet';
      body.push(this.#text(bytes, textAt, at, field >= ASCII));
    }
    if (at !== end) return 'a packet shorter than it says';
    parts.push(kind, name, address as Address, count, isList ? body : (body[0] as Body));
    return undefined;
  }

  #text(bytes: Buffer, start: number, end: number, isAscii: boolean): Text {
    const length = end - start;
    const passes =
      this.#form === 'bytes' &&
      length >= MIN_BYTES &&
      length >= bytes.buffer.byteLength * MIN_SHARE;
    if (passes) return new Utf8Text(bytes.subarray(start, end), isAscii);
    return bytes.toString(isAscii ? 'latin1' : 'utf8', start, end);
  }
}

function faultOfPreamble(bytes: number, found: number | undefined): Fault {
  return bytes === VERSION_AT + 1
    ? `version ${found} of its layout, and this copy of @muster/bus reads ${LAYOUT_VERSION}`
    : 'no preamble of the bus';
}

function faultOfLength(length: number): Fault | undefined {
  if (length > MAX_PACKET_BYTES) return `a packet of ${length} bytes`;
  return length < HEAD_BYTES - LENGTH_BYTES ? 'a packet without a head' : undefined;
}

/** @returns `undefined` where it is no JSON. */
function stringAt(bytes: Buffer, start: number, end: number, isJson: boolean): unknown {
  const text = start === end ? '' : bytes.toString('utf8', start, end);
  if (!isJson) return text;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
