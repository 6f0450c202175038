// How packets are laid out on a byte channel. Numbers are little endian.
//
//   preamble   'MUSTER', the version of this layout (u8), 0
//   packet     u32 bytes of the rest
//              u8  kind
//              u8  how many texts its body has
//              u8  flags
//              u8  0
//              u32 bytes of the name
//              u32 bytes of the address
//              f64 count
//              name, address
//              per text: u32 its bytes, with ASCII set where each is a character; then these
//
// Names and addresses are UTF-8. Those that UTF-8 cannot carry (half of a surrogate pair alone), and addresses that are
// not one text, are JSON in it.

import {
  ABORT,
  BROADCAST,
  BUSY,
  CALM,
  CANCEL,
  CHUNK,
  DELETE,
  FAILURE,
  FIRST,
  GO,
  HELLO,
  LAST,
  LISTEN,
  LOSSY,
  MARK,
  MARKED,
  MEMBER,
  NEXT,
  OPEN,
  REPLAY,
  REPLY,
  REQUEST,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  STOP,
  SYNC,
  SYNCED,
  UNLISTEN,
  WELCOME,
  WHO,
} from '../frame.js';

/** Goes up when older code could not read the layout, or the packets in it. */
export const LAYOUT_VERSION = 2;

const NAME = Buffer.from('MUSTER');
/** The place of the version in the preamble. */
export const VERSION_AT = NAME.length;
export const PREAMBLE = Buffer.from([...NAME, LAYOUT_VERSION, 0]);

/** Of a packet, before its name. */
export const HEAD_BYTES = 24;

/** The field that says how long the rest of a packet is. */
export const LENGTH_BYTES = 4;

/** The largest size of a packet after that: more than any that this package writes (a piece, a name, a thousand targets). */
export const MAX_PACKET_BYTES = 4 * 1024 * 1024;

/** The most texts of a body: its own, the keys of the texts beside it, and those texts. */
export const MAX_TEXTS = 32;

// Flags.
export const NAME_IS_JSON = 1;
export const HAS_ADDRESS = 2;
export const ADDRESS_IS_JSON = 4;
export const BODY_IS_LIST = 8;
export const ALL_FLAGS = 15;

/** In the length of a text. */
export const ASCII = 0x80000000;

/** The number of a kind is its place here: append only. */
export const KINDS: readonly string[] = [
  HELLO,
  LISTEN,
  UNLISTEN,
  REPLAY,
  DELETE,
  SYNC,
  OPEN,
  MARK,
  WHO,
  WELCOME,
  SYNCED,
  MEMBER,
  MARKED,
  STOP,
  GO,
  BROADCAST,
  LOSSY,
  RETAINED,
  RETAINED_SELF,
  RETAINED_FOR,
  REQUEST,
  REPLY,
  FAILURE,
  CANCEL,
  FIRST,
  CHUNK,
  NEXT,
  LAST,
  ABORT,
  BUSY,
  CALM,
];

/** Not in the types of ES2023; Node 20 has it. */
const { isWellFormed } = String.prototype as unknown as { isWellFormed(this: string): boolean };

export function survivesUtf8(text: string): boolean {
  return isWellFormed.call(text);
}
