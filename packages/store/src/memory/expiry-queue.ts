// The entries in memory by their ends: which one expires next.

interface End {
  readonly key: string;
  readonly at: number;
}

/**
 * A heap with at most one valid line for each key, at the end of its entry or earlier. When the end of an entry moves away, as that of a
 * session does at each request, nothing changes here. So a line may come up too early, and is then added again.
 */
export class ExpiryQueue {
  readonly #heap: End[] = [];
  readonly #lines = new Map<string, number>();

  /** Milliseconds since the epoch; `Infinity` if nothing expires. */
  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  add(key: string, at: number): void {
    if (at === Number.POSITIVE_INFINITY || (this.#lines.get(key) ?? at + 1) <= at) return;
    this.#lines.set(key, at);
    let child = this.#heap.push({ key, at }) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfBelow(child, parent)) return;
      child = parent;
    }
  }

  /** Removes the lines up to `now`. @returns their keys, each once. */
  due(now: number): string[] {
    const keys: string[] = [];
    while (this.next <= now) {
      const { key, at } = this.#pop();
      // The key has got an earlier line since: this one is void.
      if (this.#lines.get(key) !== at) continue;
      this.#lines.delete(key);
      keys.push(key);
    }
    return keys;
  }

  #pop(): End {
    const heap = this.#heap;
    const top = heap[0] as End;
    const last = heap.pop() as End;
    if (heap.length > 0) heap[0] = last;
    for (let parent = 0; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      const smaller = (heap[right]?.at ?? Infinity) < (heap[left]?.at ?? Infinity) ? right : left;
      if (smaller >= heap.length || !this.#swapIfBelow(smaller, parent)) return top;
      parent = smaller;
    }
  }

  #swapIfBelow(child: number, parent: number): boolean {
    const [low, high] = [this.#heap[child] as End, this.#heap[parent] as End];
    if (low.at >= high.at) return false;
    this.#heap[child] = high;
    this.#heap[parent] = low;
    return true;
  }
}
