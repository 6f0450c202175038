// What a process does for others when it ends in order, without having closed its files.

const farewells = new Set<() => void>();

/** @param leave synchronous. @returns to be called where it has left before. */
export function atExit(leave: () => void): () => void {
  if (farewells.size === 0) process.on('exit', sayFarewell);
  farewells.add(leave);
  return () => {
    farewells.delete(leave);
    if (farewells.size === 0) process.off('exit', sayFarewell);
  };
}

function sayFarewell(): void {
  for (const leave of farewells) leave();
}
