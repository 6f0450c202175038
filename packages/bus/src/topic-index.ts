// Who listens to a topic: an index from topics and patterns to items, with the answers remembered.

import { isPattern, isReserved, matches } from './topic.js';

/** How many answers are remembered. Apps with a topic per user would fill the memory otherwise. */
const MAX_ANSWERS = 10_000;

export class TopicIndex<Item> {
  readonly #exact = new Map<string, Set<Item>>();
  readonly #patterns = new Map<string, { levels: readonly string[]; items: Set<Item> }>();
  readonly #answers = new Map<string, readonly Item[]>();

  add(pattern: string, item: Item): void {
    if (isPattern(pattern)) {
      const known = this.#patterns.get(pattern);
      if (known) known.items.add(item);
      else this.#patterns.set(pattern, { levels: pattern.split('.'), items: new Set([item]) });
      this.#answers.clear();
    } else {
      const items = this.#exact.get(pattern);
      if (items) items.add(item);
      else this.#exact.set(pattern, new Set([item]));
      this.#answers.delete(pattern);
    }
  }

  delete(pattern: string, item: Item): void {
    if (isPattern(pattern)) {
      const known = this.#patterns.get(pattern);
      if (known?.items.delete(item) !== true) return;
      if (known.items.size === 0) this.#patterns.delete(pattern);
      this.#answers.clear();
    } else {
      const items = this.#exact.get(pattern);
      if (items?.delete(item) !== true) return;
      if (items.size === 0) this.#exact.delete(pattern);
      this.#answers.delete(pattern);
    }
  }

  /** Each item once. The array is shared: do not change it. */
  match(topic: string): readonly Item[] {
    const known = this.#answers.get(topic);
    if (known !== undefined) return known;
    const items = new Set(this.#exact.get(topic));
    if (this.#patterns.size > 0 && !isReserved(topic)) {
      const levels = topic.split('.');
      for (const pattern of this.#patterns.values()) {
        if (matches(pattern.levels, levels)) for (const item of pattern.items) items.add(item);
      }
    }
    const answer = [...items];
    if (this.#answers.size >= MAX_ANSWERS) this.#answers.clear();
    this.#answers.set(topic, answer);
    return answer;
  }
}
