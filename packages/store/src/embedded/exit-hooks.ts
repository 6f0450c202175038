// What a process does for the others when it exits without having closed its files.

const hooks = new Set<() => void>();

/** @param leave synchronous. @returns a function that cancels the hook. */
export function atExit(leave: () => void): () => void {
  if (hooks.size === 0) process.on('exit', runHooks);
  hooks.add(leave);
  return () => {
    hooks.delete(leave);
    if (hooks.size === 0) process.off('exit', runHooks);
  };
}

function runHooks(): void {
  for (const leave of hooks) leave();
}
