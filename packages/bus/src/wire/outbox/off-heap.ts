// Texts that wait long, held as bytes outside the JavaScript heap.
//
// In it they would cost the process two or three times their length: the heap grows in proportion to what
// lives in it. The blocks are used again, as those that are left to the garbage collector stay for long:
// it counts what is outside the heap for little.

import type { Body } from '../body.js';
import { isText, type Text, Utf8Text } from '../text.js';

const BLOCK_BYTES = 36 * 1024;
const MAX_FREE_BLOCKS = 64;

const free: Buffer[] = [];

/** A body that can be taken back once. */
export class OffHeapBody {
  readonly #texts: readonly (OffHeapText | Utf8Text)[];
  readonly #isText: boolean;

  constructor(body: Body) {
    this.#isText = isText(body);
    this.#texts = (isText(body) ? [body] : body).map((text) =>
      typeof text === 'string' ? new OffHeapText(text) : text,
    );
  }

  take(): Body {
    const texts = this.#texts.map((text) => (text instanceof Utf8Text ? text : text.take()));
    return this.#isText ? (texts[0] as Text) : texts;
  }

  drop(): void {
    for (const text of this.#texts) if (text instanceof OffHeapText) text.drop();
  }
}

class OffHeapText {
  #block: Buffer;
  readonly #length: number;

  constructor(text: string) {
    this.#length = Buffer.byteLength(text);
    this.#block =
      this.#length > BLOCK_BYTES
        ? Buffer.allocUnsafeSlow(this.#length)
        : (free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES));
    this.#block.write(text);
  }

  /** The text, once. */
  take(): string {
    const text = this.#block.toString('utf8', 0, this.#length);
    this.drop();
    return text;
  }

  drop(): void {
    if (this.#block.length === BLOCK_BYTES && free.length < MAX_FREE_BLOCKS) free.push(this.#block);
    this.#block = Buffer.alloc(0);
  }
}
