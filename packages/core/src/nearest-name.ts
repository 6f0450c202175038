// What somebody meant who wrote a name that there is not.

/**
 * The one of `known` that is meant, or `undefined`: one that `given` is a part of (`exit` of `workerExit`), or that it
 * contains, else the one with the fewest letters to change, if these are no more than a third.
 */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const wanted = given.toLowerCase();
  if (wanted === '') return undefined;
  const ranked = known
    .map((name) => ({ name, changes: changesBetween(wanted, name.toLowerCase()) }))
    .sort((one, other) => one.changes - other.changes);
  const close = ranked.find(({ changes }) => changes <= Math.max(1, wanted.length / 3));
  const part = ranked.find(({ name }) => {
    const has = name.toLowerCase();
    return wanted.length >= 3 && (has.includes(wanted) || wanted.includes(has));
  });
  return (close ?? part)?.name;
}

/** ` Did you mean "workerExit"?`, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const meant = nearestName(given, known);
  return meant === undefined ? '' : ` Did you mean ${JSON.stringify(meant)}?`;
}

/** Letters to add, to leave out or to replace: the distance of Levenshtein. */
function changesBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (let to = 1; to <= other.length; to += 1) {
      const replaced = (row[to - 1] ?? 0) + (letter === other[to - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
