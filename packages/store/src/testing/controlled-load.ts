// A load of a cache, for tests of who waits for it.

/** A load that counts its calls, and ends when the test says so. */
export function controlledLoad() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const state = { calls: 0, open: () => open() };
  const load = async (): Promise<number> => {
    const call = ++state.calls;
    await opened;
    return call;
  };
  return { state, load };
}
