// Long packets: cut into pieces at the sender, put together again at the receiver.

import { type Body, lengthOf } from './body.js';
import { ABORT, BROADCAST, CHUNK, FIRST, LAST, LOSSY, NEXT, type Packet } from './frame.js';
import { isText, joined, piecesOf, type Text } from './text.js';

/** A body longer than this travels in pieces of this length, in characters. */
const PIECE_CHARS = 128 * 1024;

/** Up to where pieces of one body are put together, in characters: more than any `maxMessageBytes`. */
export const MAX_LONG_CHARS = 65 * 1024 * 1024;

/** The memory of a piece beside its text, in characters: empty pieces count, too. */
export const PIECE_OVERHEAD = 64;

export interface LongPacket {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
}

let lastId = 0;

/**
 * The packets that carry this one, or `undefined` where it goes as it is.
 *
 * @param cutter sets ids apart from those of the sender, where it is not the sender that cuts
 */
export function cut(packet: Packet, cutter: '' | 'r' = ''): readonly Packet[] | undefined {
  const { kind, name, address, body } = packet;
  if (lengthOf(body) <= PIECE_CHARS) return undefined;
  const id = `${cutter}${++lastId}`;
  const count = countOfPieces(kind);
  const packets: Packet[] = [
    { kind: FIRST, name: `${id}:${kind}:${name}`, address, count: 1, body: '' },
  ];
  const texts = isText(body) ? [body] : body;
  texts.forEach((text, i) => {
    let isFirst = i > 0;
    for (const piece of piecesOf(text, PIECE_CHARS)) {
      packets.push({ kind: isFirst ? NEXT : CHUNK, name: id, address, count, body: piece });
      isFirst = false;
    }
  });
  packets.push({ kind: LAST, name: id, address, count, body: '' });
  return packets;
}

/** The count of a piece says whether it may be lost where an outbox is full. */
function countOfPieces(kind: string): number {
  return kind === BROADCAST || kind === LOSSY ? 1 : 0;
}

/** @param name of a `FIRST`. */
export function isLossyFirst(name: string): boolean {
  return name.startsWith(`:${LOSSY}:`, name.indexOf(':'));
}

export function isPiece(kind: string): boolean {
  return kind === CHUNK || kind === NEXT || kind === LAST || kind === ABORT;
}

/** Whether no other piece follows. */
export function isLastPiece(kind: string): boolean {
  return kind === LAST || kind === ABORT;
}

/** The pieces of one body, as they come. */
export class Pieces {
  readonly #texts: Text[][] = [[]];
  #chars = 0;
  #overhead = 0;

  /** Of all of them. */
  get chars(): number {
    return this.#chars;
  }

  /** Text and memory of all of them, in characters. */
  get size(): number {
    return this.#chars + this.#overhead;
  }

  /** Whether they are more than any message has: from a hostile sender. */
  get areTooMany(): boolean {
    return this.size > MAX_LONG_CHARS;
  }

  add({ kind, body }: Packet): void {
    if (!isText(body)) return;
    if (kind === NEXT) this.#texts.push([]);
    if (kind === CHUNK || kind === NEXT) this.#texts.at(-1)?.push(body);
    this.#chars += body.length;
    this.#overhead += PIECE_OVERHEAD;
  }

  whole(): Body {
    const texts = this.#texts.map(joined);
    return texts.length === 1 ? (texts[0] as Text) : texts;
  }
}

/** Reads the name of a first part. */
export function readFirst(name: string): LongPacket | undefined {
  const [, id, kind, inner] = /^(r?\d{1,15}):([a-zA-Z]):(.*)$/s.exec(name) ?? [];
  if (id === undefined || kind === undefined || inner === undefined) return undefined;
  return { id, kind, name: inner };
}
