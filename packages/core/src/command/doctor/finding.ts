// What `muster doctor` says: one line for each thing that it looked at.

export type Subject =
  | 'node'
  | 'environment'
  | 'limits'
  | 'processors'
  | 'memory'
  | 'config'
  | 'control'
  | 'redis'
  | 'store';

export interface Finding {
  /** `error`: a cluster will not work, or will lose something. `warning`: it will work, and may disappoint. */
  readonly level: 'ok' | 'warning' | 'error';
  readonly about: Subject;
  /** What is so. */
  readonly says: string;
  /** What to do; not for what is ok. */
  readonly advice?: string;
}

/** Findings about one subject. If nothing is wrong, the one that says so. */
export function findings(
  about: Subject,
  ok: string,
  wrong: readonly (readonly [level: 'warning' | 'error', says: string, advice: string] | false)[],
): Finding[] {
  const found = wrong.flatMap((one) =>
    one === false ? [] : [{ level: one[0], about, says: one[1], advice: one[2] }],
  );
  return found.length > 0 ? found : [{ level: 'ok', about, says: ok }];
}
