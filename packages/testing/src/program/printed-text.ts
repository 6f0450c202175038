// What a program has printed so far, bounded, for those who wait for a part of it.
import type { Readable } from 'node:stream';

/** Characters that are kept. */
const KEPT = 1024 * 1024;

export class PrintedText {
  #text = '';
  readonly #watchers = new Set<() => void>();

  constructor(stream: Readable) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      this.#text = (this.#text + text).slice(-KEPT);
      for (const look of [...this.#watchers]) look();
    });
  }

  get text(): string {
    return this.#text;
  }

  /** Resolves when the text matches; never without a match. */
  async matched(pattern: RegExp, signal: AbortSignal): Promise<RegExpMatchArray> {
    return new Promise((resolve) => {
      // A pattern with the flag g or y would begin where it has ended.
      const once = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
      const look = () => {
        const match = once.exec(this.#text);
        if (!match) return;
        this.#watchers.delete(look);
        resolve(match);
      };
      this.#watchers.add(look);
      signal.addEventListener('abort', () => this.#watchers.delete(look), { once: true });
      look();
    });
  }
}
