// Retained values as another machine tells them to one that has just come: whole, or in pieces.

import type { Body } from '../wire/body.js';
import { FIRST, type Packet } from '../wire/frame.js';
import { isLastPiece, type LongPacket, Pieces, readFirst } from '../wire/pieces.js';

export interface ToldValue {
  readonly kind: string;
  readonly name: string;
  /** Whom it is for. */
  readonly to: string;
  readonly body: Body;
}

export class ValueReader {
  #long: (LongPacket & { readonly to: string }) | undefined;
  #pieces = new Pieces();
  /** Whether these are what one machine has, and not what all have: who has a value of a topic keeps that. */
  readonly isOffered: boolean;

  constructor(isOffered: boolean) {
    this.isOffered = isOffered;
  }

  /** @returns the value that this completes. */
  take(packet: Packet, to: string): ToldValue | undefined {
    const { kind, name, body } = packet;
    if (kind === FIRST) {
      const long = readFirst(name);
      this.#long = long && { ...long, to };
      this.#pieces = new Pieces();
      return undefined;
    }
    const long = this.#long;
    if (long === undefined || name !== long.id) return { kind, name, to, body };
    this.#pieces.add(packet);
    if (this.#pieces.areTooMany) this.#long = undefined;
    if (this.#long === undefined || !isLastPiece(kind)) return undefined;
    this.#long = undefined;
    return { kind: long.kind, name: long.name, to: long.to, body: this.#pieces.whole() };
  }
}
