// Packets to bytes. They are written into large blocks, one behind the other, which are never written again: what leaves
// may stay in the hands of the kernel for a while.

import type { Body } from '../body.js';
import { type Address, WIDTH } from '../frame.js';
import { isText, type Text } from '../text.js';
import {
  ADDRESS_IS_JSON,
  ASCII,
  BODY_IS_LIST,
  HAS_ADDRESS,
  HEAD_BYTES,
  KINDS,
  LENGTH_BYTES,
  NAME_IS_JSON,
  survivesUtf8,
} from './layout.js';

const BLOCK_BYTES = 128 * 1024;

/** From which length on bytes are sent from where they are, and not copied. */
const MIN_APART_BYTES = 16 * 1024;

const numberOf = new Map(KINDS.map((kind, i) => [kind, i]));

let block = Buffer.alloc(0);
/** In the block: what is free. */
let at = 0;
/** In the block: where the chunk that is being written begins. */
let start = 0;
let chunks: Buffer[] = [];

/** The bytes of packets, in the flat form in which a frame has them. */
export function bytesOfPackets(parts: readonly unknown[]): readonly Buffer[] {
  for (let i = 0; i < parts.length; i += WIDTH) {
    writePacket(
      parts[i] as string,
      parts[i + 1] as string,
      parts[i + 2] as Address,
      parts[i + 3] as number,
      parts[i + 4] as Body,
    );
  }
  endChunk();
  const written = chunks;
  chunks = [];
  return written;
}

function writePacket(kind: string, name: string, address: Address, count: number, body: Body) {
  let flags = 0;
  let nameText = name;
  if (!survivesUtf8(name)) {
    flags |= NAME_IS_JSON;
    nameText = JSON.stringify(name);
  }
  let addressText = '';
  if (address !== null) {
    flags |= HAS_ADDRESS;
    addressText = address as string;
    if (typeof address !== 'string' || !survivesUtf8(address)) {
      flags |= ADDRESS_IS_JSON;
      addressText = JSON.stringify(address);
    }
  }
  if (!isText(body)) flags |= BODY_IS_LIST;
  const texts = isText(body) ? 1 : body.length;
  const nameBytes = Buffer.byteLength(nameText);
  const addressBytes = Buffer.byteLength(addressText);
  makeRoom(HEAD_BYTES + nameBytes + addressBytes);
  const lengthAt = at;
  const lengthBlock = block;
  let length = HEAD_BYTES - LENGTH_BYTES + nameBytes + addressBytes;
  block[at + 4] = numberOf.get(kind) as number;
  block[at + 5] = texts;
  block[at + 6] = flags;
  block[at + 7] = 0;
  block.writeUInt32LE(nameBytes, at + 8);
  block.writeUInt32LE(addressBytes, at + 12);
  block.writeDoubleLE(count, at + 16);
  at += HEAD_BYTES;
  write(nameText, nameBytes);
  write(addressText, addressBytes);
  if (isText(body)) length += writeText(body);
  else for (const text of body) length += writeText(text);
  lengthBlock.writeUInt32LE(length, lengthAt);
}

/** @returns how many bytes that were. */
function writeText(text: Text): number {
  if (typeof text === 'string') {
    const bytes = Buffer.byteLength(text);
    makeRoom(LENGTH_BYTES + bytes);
    writeLength(bytes, bytes === text.length);
    write(text, bytes);
    return LENGTH_BYTES + bytes;
  }
  const { bytes, isAscii } = text;
  const isApart = bytes.length >= MIN_APART_BYTES;
  makeRoom(LENGTH_BYTES + (isApart ? 0 : bytes.length));
  writeLength(bytes.length, isAscii);
  if (isApart) {
    endChunk();
    chunks.push(bytes);
  } else at += bytes.copy(block, at);
  return LENGTH_BYTES + bytes.length;
}

function writeLength(bytes: number, isAscii: boolean): void {
  block.writeUInt32LE((isAscii ? bytes | ASCII : bytes) >>> 0, at);
  at += LENGTH_BYTES;
}

function write(text: string, bytes: number): void {
  if (bytes === 0) return;
  at += block.write(text, at, bytes, bytes === text.length ? 'latin1' : 'utf8');
}

/** Begins another block where this one has not so much room. */
function makeRoom(bytes: number): void {
  if (at + bytes <= block.length) return;
  endChunk();
  block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
  at = 0;
  start = 0;
}

function endChunk(): void {
  if (at > start) chunks.push(block.subarray(start, at));
  start = at;
}
