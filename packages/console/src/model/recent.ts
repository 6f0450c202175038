// A list that keeps the last entries only.

export function withRecent<Item>(
  list: readonly Item[],
  added: readonly Item[],
  most: number,
): readonly Item[] {
  if (added.length === 0) return list;
  return [...list.slice(Math.max(0, list.length + added.length - most)), ...added.slice(-most)];
}
