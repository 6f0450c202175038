// How deep JSON is nested, before it is parsed: V8 takes some 50 bytes for each level, and so 3 GB for 60 MB of brackets.

/** More than `JSON.stringify` can write. */
const MAX_DEPTH = 50_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export class JsonDepth {
  #depth = 0;
  #isText = false;
  #isEscaped = false;

  /**
   * Reads on.
   *
   * @param at of the bytes, or of the characters
   * @returns `false` where it is nested too deeply to be parsed.
   */
  takes(length: number, at: (index: number) => number): boolean {
    for (let i = 0; i < length; i++) {
      const sign = at(i);
      if (this.#isText) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (sign === BACKSLASH) this.#isEscaped = true;
        else if (sign === QUOTE) this.#isText = false;
      } else if (sign === QUOTE) this.#isText = true;
      // `[` and `{`, and those that close them.
      else if (sign === 0x5b || sign === 0x7b) {
        if (++this.#depth > MAX_DEPTH) return false;
      } else if (sign === 0x5d || sign === 0x7d) this.#depth--;
    }
    return true;
  }
}

/** Shorter texts cost little, however deep they are. In characters. */
const SHORT_CHARS = 1024 * 1024;

/** Whether a text may be parsed. */
export function isShallow(text: string): boolean {
  return text.length < SHORT_CHARS || new JsonDepth().takes(text.length, (i) => text.charCodeAt(i));
}
