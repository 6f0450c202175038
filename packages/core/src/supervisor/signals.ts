// What the primary does on a signal. SIGTERM and SIGINT stop it, a second one of either forces; SIGHUP reloads; SIGTTIN and
// SIGTTOU add and remove one worker.

import { trace } from '../process/trace.js';

export interface SignalHandlers {
  stop(signal: NodeJS.Signals): void;
  force(signal: NodeJS.Signals): void;
  reload(): void;
  resize(by: 1 | -1): void;
}

/** Listens from here on. Returns a function that ends this. */
export function listenForSignals(handlers: SignalHandlers): () => void {
  let seen = false;
  const stop = (signal: NodeJS.Signals) => {
    trace('%s', signal);
    if (seen) return handlers.force(signal);
    seen = true;
    handlers.stop(signal);
  };
  const listeners: Partial<Record<NodeJS.Signals, (signal: NodeJS.Signals) => void>> = {
    SIGTERM: stop,
    SIGINT: stop,
    SIGHUP: () => handlers.reload(),
    // Windows has neither.
    ...(process.platform === 'win32'
      ? {}
      : { SIGTTIN: () => handlers.resize(1), SIGTTOU: () => handlers.resize(-1) }),
  };
  const entries = Object.entries(listeners) as [NodeJS.Signals, () => void][];
  // Before those of the app and of its preloads, one of which may end the process at once.
  for (const [signal, listener] of entries) process.prependListener(signal, listener);
  return () => {
    for (const [signal, listener] of entries) process.off(signal, listener);
  };
}
