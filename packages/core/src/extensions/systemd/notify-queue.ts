/**
 * What the service manager is still to be told, in order. The sender is a program that may be slow, so what is no longer true
 * when its turn comes is left out, and there are never more than two messages.
 *
 * Source: sd_notify(3).
 */

/** Variables of sd_notify(3). A message has one of READY, RELOADING and STOPPING at most. */
export type Notice = Readonly<Record<string, string>>;

const STATES = ['READY', 'RELOADING', 'STOPPING'];

/** The queue with `notice` at its end, or in the message that is there. */
export function withNotice(queue: readonly Notice[], notice: Notice): readonly Notice[] {
  const last = queue.at(-1);
  if (last && (stateOf(last) === undefined || stateOf(notice) === undefined)) {
    return [...queue.slice(0, -1), { ...last, ...notice }];
  }
  // READY=1 ends what RELOADING=1 began, and nobody waits for an earlier pair of them.
  const kept = stateOf(notice) === 'READY' ? queue.slice(-1) : [];
  return [...kept, notice];
}

function stateOf(notice: Notice): string | undefined {
  return STATES.find((name) => name in notice);
}
