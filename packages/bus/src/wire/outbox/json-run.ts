// The body of a packet to which small messages are added: the text of the first messages, and copies of the payloads after
// them. The copies become JSON together when the packet leaves.

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

  /** @returns about how many characters its JSON has; 0 for a payload that is not a small flat object and was not added. */
  add(payload: unknown): number {
    const chars = addFlatCopy(this.#copies, payload);
    this.#copiesChars += chars;
    return chars;
  }

  /** @returns the text, and how many more bytes it has than the sum of what `add()` returned. */
  write(): { text: string; more: number } {
    if (this.#copies.length === 0) return { text: this.#text, more: 0 };
    const json = jsonOfFlatCopies(this.#copies);
    const more = Buffer.byteLength(json) - this.#copiesChars;
    return { text: `${this.#text},${json}`, more };
  }
}
