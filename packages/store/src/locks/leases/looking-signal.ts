// An AbortSignal that finds out whether it should be aborted whenever it is asked.

/**
 * Makes `aborted`, `reason` and `throwIfAborted()` of this one signal call `look` first, which may abort it. After the event loop was
 * blocked, the timer that should have aborted it is late; a look at the clock is not. The prototype of AbortSignal stays as it is.
 */
export function lookBeforeAnswer(signal: AbortSignal, look: () => unknown): void {
  const prototype = Object.getPrototypeOf(signal);
  for (const name of ['aborted', 'reason'] as const) {
    const native = Object.getOwnPropertyDescriptor(prototype, name)?.get;
    Object.defineProperty(signal, name, {
      get() {
        look();
        return native?.call(signal);
      },
    });
  }
  Object.defineProperty(signal, 'throwIfAborted', {
    value: () => {
      if (signal.aborted) throw signal.reason;
    },
  });
}
