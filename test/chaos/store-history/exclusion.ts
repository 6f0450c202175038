// Whether no more than so many held something at once, and each later one with a greater token.

/** Somebody held it for certain, all this time. */
export interface Hold {
  readonly name: string;
  readonly token: number;
  /** On a clock that all who record share: it was given, and the last moment at which the holder saw that it had it. */
  readonly from: number;
  readonly until: number;
}

/** Of a read-write lock. */
export interface ModeHold extends Hold {
  readonly mode: 'read' | 'write';
}

/** @returns the names of which too many were held at once. */
export function notExclusive(holds: readonly Hold[], permits: number): string[] {
  const names = [...new Set(holds.map(({ name }) => name))];
  return names.filter((name) => {
    const own = holds.filter((hold) => hold.name === name);
    return own.some(
      ({ from }) =>
        own.filter((other) => other.from <= from && from < other.until).length > permits,
    );
  });
}

/** @returns the names of which a token was given that is not above all those of holds that were over before. */
export function notGrowing(holds: readonly Hold[]): string[] {
  const names = [...new Set(holds.map(({ name }) => name))];
  return names.filter((name) => {
    const own = holds.filter((hold) => hold.name === name).sort((a, b) => a.from - b.from);
    return own.some(({ token }, at) => at > 0 && token <= (own[at - 1] as Hold).token);
  });
}

/** @returns the names that a writer held while somebody else did. */
export function notAlone(holds: readonly ModeHold[]): string[] {
  const writers = holds.filter(({ mode }) => mode === 'write');
  const disturbed = writers.filter((writer) =>
    holds.some(
      (other) =>
        other !== writer &&
        other.name === writer.name &&
        other.from < writer.until &&
        writer.from < other.until,
    ),
  );
  return [...new Set(disturbed.map(({ name }) => name))];
}
