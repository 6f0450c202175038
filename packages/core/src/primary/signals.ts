// What the primary does on a signal. SIGTERM and SIGINT stop it; a second one of either forces.

export interface SignalHandlers {
  stop(signal: NodeJS.Signals): void;
  force(signal: NodeJS.Signals): void;
}

/** Listens from here on, and returns what ends that. */
export function listenForSignals(handlers: SignalHandlers): () => void {
  let seen = false;
  const receive = (signal: NodeJS.Signals) => {
    if (seen) return handlers.force(signal);
    seen = true;
    handlers.stop(signal);
  };
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, receive);
  return () => {
    for (const signal of signals) process.off(signal, receive);
  };
}
