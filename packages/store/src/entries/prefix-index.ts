// Finds the watchers of a name among any number of prefixes.

interface Prefixed {
  readonly prefix: string;
}

/** A name is looked up by its beginnings: one lookup for each length of a prefix. */
export class PrefixIndex<Item extends Prefixed> {
  readonly #items = new Map<string, Set<Item>>();
  /** How many prefixes there are of each length. */
  readonly #lengths = new Map<number, number>();

  add(item: Item): void {
    const { prefix } = item;
    const items = this.#items.get(prefix);
    if (items) {
      items.add(item);
      return;
    }
    this.#items.set(prefix, new Set([item]));
    this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
  }

  delete(item: Item): void {
    const { prefix } = item;
    const items = this.#items.get(prefix);
    if (!items?.delete(item) || items.size > 0) return;
    this.#items.delete(prefix);
    const others = (this.#lengths.get(prefix.length) ?? 1) - 1;
    if (others > 0) this.#lengths.set(prefix.length, others);
    else this.#lengths.delete(prefix.length);
  }

  clear(): void {
    this.#items.clear();
    this.#lengths.clear();
  }

  /** Whether any prefix matches `name`. */
  has(name: string): boolean {
    return this.of(name).next().done === false;
  }

  /** The items whose prefix `name` starts with. */
  *of(name: string): Generator<Item> {
    for (const length of this.#lengths.keys()) {
      if (length > name.length) continue;
      const items = this.#items.get(name.slice(0, length));
      if (items) yield* items;
    }
  }
}
