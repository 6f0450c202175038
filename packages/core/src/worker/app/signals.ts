/**
 * SIGTERM and SIGINT in a worker. The primary answers them for all; the app's own listeners are not called by them, but by
 * the drain that follows, once, when a replacement serves.
 *
 * Node calls listeners of signals through `process.emit()` (lib/internal/process/signal.js), so that is where they are
 * held back.
 */
type Held = 'SIGTERM' | 'SIGINT';
type Listener = (...args: unknown[]) => unknown;

/** Without a listener, each of these would end the process. */
const ours: Listener = () => {};

let hear: (signal: Held) => void = () => {};

/** Calls `listener` for each signal that comes from here on, in place of the one before it. */
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
    // Node has bound `emit` as it was to the listeners of whatever was loaded before.
    const before = process.rawListeners(signal);
    process.removeAllListeners(signal);
    process.on(signal, ours);
    for (const listener of before) process.on(signal, listener as NodeJS.SignalsListener);
  }
}

/** Those of the app, as `once()` wrapped them. */
export function appListeners(signal: Held): Listener[] {
  return (process.rawListeners(signal) as Listener[]).filter((listener) => listener !== ours);
}
