// One listener on a signal, however many calls wait for it: Node warns of a leak from the eleventh on.

const calls = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back when the signal is aborted. Returns what ends that. */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  let waiting = calls.get(signal);
  if (waiting === undefined) {
    waiting = new Set();
    calls.set(signal, waiting);
  }
  const all = waiting;
  if (all.size === 0) signal.addEventListener('abort', aborted);
  // The same function may wait several times.
  const one = () => call();
  all.add(one);
  return () => {
    if (all.delete(one) && all.size === 0) signal.removeEventListener('abort', aborted);
  };
}

function aborted(this: AbortSignal): void {
  this.removeEventListener('abort', aborted);
  const waiting = [...(calls.get(this) ?? [])];
  calls.delete(this);
  for (const call of waiting) call();
}
