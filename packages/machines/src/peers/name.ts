// Of machines of one name, the one that came first has it. The next one takes another one: `web`, `web-2`, `web-3`.

interface Named {
  readonly id: string;
  readonly name: string;
  /** By the clock of the log; `undefined` for one that has no place in the group yet. */
  readonly sinceMs: number | undefined;
}

/**
 * @param wanted what this machine would like to be called
 * @returns what it is to be called: what it is, unless an older one is called so
 */
export function freeName(wanted: string, self: Named, others: readonly Named[]): string {
  const isTaken = others.some((other) => other.name === self.name && isOlder(other, self));
  if (!isTaken) return self.name;
  const taken = new Set(others.map(({ name }) => name));
  for (let number = 2; ; number++) {
    const name = `${wanted.slice(0, 56)}-${number}`;
    if (!taken.has(name)) return name;
  }
}

function isOlder(one: Named, other: Named): boolean {
  const [ms, otherMs] = [one.sinceMs ?? Infinity, other.sinceMs ?? Infinity];
  return ms < otherMs || (ms === otherMs && one.id < other.id);
}
