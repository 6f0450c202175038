// The calls of one process that wait for the same lease: the first of them asks the store, the others queue behind it.
import type { Wait } from './wait.js';

export class LocalQueue {
  readonly #lines = new Map<string, (() => void)[]>();

  /**
   * Waits for its turn.
   *
   * @returns a function to call when the turn is over.
   */
  async enter(key: string, wait: Wait): Promise<() => void> {
    const line = this.#lines.get(key);
    if (!line) {
      this.#lines.set(key, []);
      return () => this.#next(key);
    }
    let isFirst = (): void => {};
    const turn = new Promise<void>((resolve) => {
      isFirst = resolve;
    });
    line.push(isFirst);
    try {
      await wait.race(turn);
    } catch (error) {
      const place = line.indexOf(isFirst);
      if (place >= 0) line.splice(place, 1);
      // Its turn came at the same moment.
      else this.#next(key);
      throw error;
    }
    return () => this.#next(key);
  }

  #next(key: string): void {
    const first = this.#lines.get(key)?.shift();
    if (first) first();
    else this.#lines.delete(key);
  }
}
