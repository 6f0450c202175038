// The line of CLUSTER NODES in which a server of a Cluster describes itself.

export interface ClusterSelf {
  /** Grows when the server takes over a slot, unless the server believes that its epoch is already the greatest. */
  readonly configEpoch: string;
  /** The slots that the server owns, as `0-5460,9000`. */
  readonly slots: string;
  /** Whether a slot is moving to the server. */
  readonly isTakingOver: boolean;
}

/** A line: `<id> <address> <flags> <master> <ping> <pong> <config epoch> <link> <slot>…`, where a slot may be one that is moving. */
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
