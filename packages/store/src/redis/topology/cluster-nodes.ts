// What a server of a Cluster says of itself, in CLUSTER NODES.

export interface ClusterSelf {
  /** It grows when the server takes a slot over, unless it believes that it is the greatest of all already. */
  readonly configEpoch: string;
  /** Those that it serves, as `0-5460,9000`. */
  readonly slots: string;
  /** A slot is on its way to it. */
  readonly isTakingOver: boolean;
}

/** A line: `<id> <address> <flags> <master> <ping> <pong> <config epoch> <link> <slot>…`, where a slot may be on its way. */
export function selfIn(nodes: string): ClusterSelf {
  const line = /^.*\bmyself\b.*$/m.exec(nodes)?.[0] ?? '';
  const [, , , , , , configEpoch = '', , ...slots] = line.trim().split(' ');
  return {
    configEpoch,
    slots: slots.filter((slot) => /^\d/.test(slot)).join(),
    isTakingOver: slots.some((slot) => /^\[\d+-<-/.test(slot)),
  };
}

/** Whether there are slots in `now` that are not in `before`. */
export function hasMore(now: string, before: string): boolean {
  if (now === before) return false;
  const known = new Set(slotsIn(before));
  return slotsIn(now).some((slot) => !known.has(slot));
}

function slotsIn(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    if (range === '' || first === undefined || last === undefined) return [];
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
}
