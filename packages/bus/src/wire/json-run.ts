// The body of a packet to which small messages are added: the texts of the first ones, and copies of the payloads that came
// after them, which become JSON together when the packet leaves.

import { addFlatCopy, jsonOfFlatCopies } from '@muster/codec';

export class JsonRun {
  readonly #text: string;
  readonly #copies: object[] = [];
  #copiesChars = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** About, in characters. */
  get length(): number {
    return this.#text.length + this.#copiesChars;
  }

  /** @returns how many characters its JSON has, about; 0 for what is not a small flat object, and is not added. */
  add(payload: unknown): number {
    const chars = addFlatCopy(this.#copies, payload);
    this.#copiesChars += chars;
    return chars;
  }

  /** @returns the body, and how many bytes more it has than `add()` has said. */
  write(): { text: string; more: number } {
    if (this.#copies.length === 0) return { text: this.#text, more: 0 };
    const json = jsonOfFlatCopies(this.#copies);
    const more = Buffer.byteLength(json) - this.#copiesChars;
    return { text: `${this.#text},${json}`, more };
  }
}
