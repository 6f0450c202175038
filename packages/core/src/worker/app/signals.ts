/**
 * SIGTERM and SIGINT in a worker. The primary handles them for all. They do not call the app's own listeners; the drain
 * that follows does, once, when a replacement serves.
 *
 * Node calls listeners of signals through `process.emit()` (lib/internal/process/signal.js), so they are held back there.
 */
type Held = 'SIGTERM' | 'SIGINT';
type Listener = (...args: unknown[]) => unknown;

/** Without a listener, each of these would end the process. */
const ours: Listener = () => {};

let hear: (signal: Held) => void = () => {};

/** Calls `listener` for each signal from here on. It replaces the listener before it. */
export function onHeldSignal(listener: (signal: Held) => void): void {
  hear = listener;
}

export function holdSignals(): void {
  const emit = process.emit as Listener;
  process.emit = ((...args: unknown[]) => {
    const [event] = args;
    if (event !== 'SIGTERM' && event !== 'SIGINT') return Reflect.apply(emit, process, args);
    hear(event);
    return true;
  }) as typeof process.emit;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Listeners that were added before are bound to the original `emit`, so they are added again.
    const before = process.rawListeners(signal);
    process.removeAllListeners(signal);
    process.on(signal, ours);
    for (const listener of before) process.on(signal, listener as NodeJS.SignalsListener);
  }
}

/** The app's listeners, in the form in which `once()` wrapped them. */
export function appListeners(signal: Held): Listener[] {
  return (process.rawListeners(signal) as Listener[]).filter((listener) => listener !== ours);
}
