// Long parcels: cut into pieces at the sender, put together again at the receiver.

import { ABORT, BROADCAST, CHUNK, FIRST, LAST, LOSSY, type Parcel } from './frame.js';

/** A body longer than this travels in pieces of this length, in characters. */
const PIECE_CHARS = 128 * 1024;

export interface Long {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
}

let lastId = 0;

/** The parcels that carry this one. */
export function cut(parcel: Parcel): readonly Parcel[] {
  const { kind, name, address, body } = parcel;
  if (body.length <= PIECE_CHARS) return [parcel];
  const id = `${++lastId}`;
  // The count of a piece says whether it may be lost where an outbox is full.
  const count = kind === BROADCAST || kind === LOSSY ? 1 : 0;
  const parcels: Parcel[] = [
    { kind: FIRST, name: `${id}:${kind}:${name}`, address, count: 1, body: '' },
  ];
  for (let at = 0; at < body.length; at += PIECE_CHARS) {
    const piece = body.slice(at, at + PIECE_CHARS);
    const last = at + PIECE_CHARS >= body.length;
    parcels.push({ kind: last ? LAST : CHUNK, name: id, address, count, body: piece });
  }
  return parcels;
}

export function isPiece(kind: string): boolean {
  return kind === CHUNK || kind === LAST || kind === ABORT;
}

/** What the name of a first part says. */
export function readFirst(name: string): Long | undefined {
  const [, id, kind, inner] = /^(\d{1,15}):([a-zA-Z]):(.*)$/s.exec(name) ?? [];
  if (id === undefined || kind === undefined || inner === undefined) return undefined;
  return { id, kind, name: inner };
}
