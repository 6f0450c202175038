// Puts together the retained values that another machine sends, whole or in pieces.

import type { Body } from '../wire/body.js';
import { FIRST, type Packet } from '../wire/frame.js';
import { isLastPiece, type LongPacket, Pieces, readFirst } from '../wire/pieces.js';

export interface ReceivedValue {
  readonly kind: string;
  readonly name: string;
  /** Its target, as it stands behind the name. */
  readonly to: string;
  readonly body: Body;
}

export class ValueReader {
  #long: (LongPacket & { readonly to: string }) | undefined;
  #pieces = new Pieces();
  /** Whether these are the values of one machine, and not of the group: a receiver that has a value of a topic keeps that. */
  readonly isOffer: boolean;

  constructor(isOffer: boolean) {
    this.isOffer = isOffer;
  }

  /** @returns the value that this packet completes. */
  take(packet: Packet, to: string): ReceivedValue | undefined {
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
