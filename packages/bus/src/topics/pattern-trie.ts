// Patterns as a tree of their levels: what a topic costs to match depends on its levels, and not on how many patterns
// there are.

interface Node<Item> {
  /** Whether it stands for `**`: it goes on to match, however many levels follow. */
  readonly isDeep: boolean;
  /** By the level that leads there, `*` and `**` included. */
  readonly next: Map<string, Node<Item>>;
  readonly items: Set<Item>;
}

export class PatternTrie<Item> {
  readonly #root = nodeOf<Item>('');

  add(pattern: string, item: Item): void {
    let node = this.#root;
    for (const level of pattern.split('.')) {
      let next = node.next.get(level);
      if (next === undefined) {
        next = nodeOf(level);
        node.next.set(level, next);
      }
      node = next;
    }
    node.items.add(item);
  }

  /** @returns whether it was there. */
  delete(pattern: string, item: Item): boolean {
    const levels = pattern.split('.');
    const path = [this.#root];
    for (const level of levels) {
      const next = path.at(-1)?.next.get(level);
      if (next === undefined) return false;
      path.push(next);
    }
    const wasThere = path.at(-1)?.items.delete(item) === true;
    for (let i = levels.length; i > 0; i--) {
      const node = path[i] as Node<Item>;
      if (node.items.size > 0 || node.next.size > 0) break;
      path[i - 1]?.next.delete(levels[i - 1] as string);
    }
    return wasThere;
  }

  /** Adds the items of the patterns that mean this topic. */
  match(topic: string, into: Set<Item>): void {
    if (this.#root.next.size === 0) return;
    let reached = new Set<Node<Item>>();
    reach(this.#root, reached);
    for (const level of topic.split('.')) {
      const further = new Set<Node<Item>>();
      for (const node of reached) {
        if (node.isDeep) further.add(node);
        reach(node.next.get(level), further);
        reach(node.next.get('*'), further);
      }
      if (further.size === 0) return;
      reached = further;
    }
    for (const node of reached) for (const item of node.items) into.add(item);
  }
}

function nodeOf<Item>(level: string): Node<Item> {
  return { isDeep: level === '**', next: new Map(), items: new Set() };
}

/** `**` stands for no level, too: with a node, those behind it are reached. */
function reach<Item>(node: Node<Item> | undefined, into: Set<Node<Item>>): void {
  for (let at = node; at !== undefined && !into.has(at); at = at.next.get('**')) into.add(at);
}
