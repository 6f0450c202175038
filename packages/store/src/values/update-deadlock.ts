// Explains a late update by other updates of this process that it waits for.

/** An update whose call has not settled yet. */
export interface ActiveUpdate {
  readonly what: string;
  readonly keys: readonly string[];
  /** Whether it waits for its turn. Otherwise its function or its write is running. */
  isWaiting: boolean;
}

/**
 * Describes what may hold up a late update: other updates of this process that wait for each other. It is not known which function
 * made which call, so all updates that wait for their turn are considered.
 */
export function deadlockAround(
  own: ActiveUpdate,
  all: readonly ActiveUpdate[],
): string | undefined {
  const others = all.filter((other) => other !== own);
  const share = (one: ActiveUpdate, other: ActiveUpdate) =>
    one.keys.some((key) => other.keys.includes(key));
  if (own.isWaiting) {
    const running = others.filter((other) => !other.isWaiting && share(own, other));
    if (running.length === 0) return undefined;
    return `its turn did not come, as ${namesOf(running)} of this process did not end`;
  }
  const isWaitedFor = (one: ActiveUpdate) =>
    others.some((other) => other.isWaiting && share(one, other));
  if (!isWaitedFor(own)) return undefined;
  const running = others.filter((other) => !other.isWaiting && isWaitedFor(other));
  return running.length === 0
    ? 'its function did not end, and another update of the same key waits for it in this process: one that its own function makes would wait for itself'
    : `its function did not end, and neither did ${namesOf(running)} in this process, and updates wait for both: functions that update the keys of each other wait for each other`;
}

function namesOf(updates: readonly ActiveUpdate[]): string {
  return updates.map(({ what }) => what.replace(/^The/, 'the')).join(' and ');
}
