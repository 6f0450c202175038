// An index from topics and patterns to the items that listen, with the answers remembered.

import { PatternTrie } from './pattern-trie.js';
import { isPattern, isReserved } from './topic.js';

/** How many answers are remembered. Apps with a topic per user would fill the memory otherwise. */
const MAX_ANSWERS = 10_000;

export class TopicIndex<Item> {
  readonly #exact = new Map<string, Set<Item>>();
  readonly #patterns = new PatternTrie<Item>();
  readonly #answers = new Map<string, readonly Item[]>();

  add(pattern: string, item: Item): void {
    if (isPattern(pattern)) {
      this.#patterns.add(pattern, item);
      this.#answers.clear();
      return;
    }
    const items = this.#exact.get(pattern);
    if (items) items.add(item);
    else this.#exact.set(pattern, new Set([item]));
    this.#answers.delete(pattern);
  }

  delete(pattern: string, item: Item): void {
    if (isPattern(pattern)) {
      if (this.#patterns.delete(pattern, item)) this.#answers.clear();
      return;
    }
    const items = this.#exact.get(pattern);
    if (items?.delete(item) !== true) return;
    if (items.size === 0) this.#exact.delete(pattern);
    this.#answers.delete(pattern);
  }

  /** Each item once. The array is shared: do not change it. */
  match(topic: string): readonly Item[] {
    const known = this.#answers.get(topic);
    if (known !== undefined) return known;
    const items = new Set(this.#exact.get(topic));
    if (!isReserved(topic)) this.#patterns.match(topic, items);
    const answer = [...items];
    if (this.#answers.size >= MAX_ANSWERS) this.#answers.clear();
    this.#answers.set(topic, answer);
    return answer;
  }
}
