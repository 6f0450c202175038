// Options that callers give: which names there are, and which one was probably meant. For all packages of Muster.

/** Options with a value for each, where `undefined` meant that none was given. */
export type Complete<Options> = {
  [Name in keyof Options]-?: Exclude<Options[Name], undefined>;
};

/** A name that callers may use by mistake, the right name, and the end of the question: `?` if there is nothing to add. */
export type OptionAliases = Readonly<
  Record<string, readonly (readonly [option: string, how?: string])[]>
>;

export interface OptionNames {
  readonly known: ReadonlySet<string>;
  /** Entries whose option is not among the known ones are ignored. */
  readonly aliases?: OptionAliases;
  /** Hints for names that need more than the right name. */
  readonly advice?: Readonly<Record<string, string>>;
  /** The options that a value other than an object probably stands for. */
  readonly meant?: (value: unknown) => string | undefined;
}

/**
 * The fault in the names of `options`, as a sentence for an error; `undefined` if there is none.
 *
 * @param taker such as `set()`, or `A lock`.
 */
export function optionsFault(
  taker: string,
  options: unknown,
  names: OptionNames,
): string | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const hint = names.meant?.(options) ?? `there are ${[...names.known].join(', ')}`;
    return `${taker} takes an object of options, and not ${shown(options)}; ${hint}`;
  }
  for (const name of Object.keys(options)) {
    if (names.known.has(name)) continue;
    return `${taker} has no option ${shortened(name)}; ${hintFor(name, names)}`;
  }
  return undefined;
}

function hintFor(name: string, { known, aliases = {}, advice = {} }: OptionNames): string {
  if (Object.hasOwn(advice, name)) return advice[name] ?? '';
  const meant = Object.hasOwn(aliases, name) ? (aliases[name] ?? []) : [];
  for (const [option, how = '?'] of meant) {
    if (known.has(option)) return `did you mean ${option}${how}`;
  }
  return nearest(name, known) ?? `there are ${[...known].join(', ')}`;
}

/** As a question that ends a message; `undefined` where no name is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const meant = nearestName(name, known);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

/** The name with the fewest letters to change, if these are no more than a third of it, or one; in any case. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  // A longer one could not be near, and would take long.
  if (name.length > 64) return undefined;
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = distanceOf(name.toLowerCase(), candidate.toLowerCase());
    if (distance > Math.max(1, Math.floor(candidate.length / 3))) continue;
    if (!best || distance < best.distance) best = { candidate, distance };
  }
  return best?.candidate;
}

/** Levenshtein's: how many letters to add, remove or replace. */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...from].entries()) {
    const next = [at + 1];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** A value with its type, for a message: so that `'5'` is not taken for a number. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `the text ${shortened(value)}`;
    case 'number':
      return `the number ${value}`;
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return `the bigint ${value}`;
    case 'symbol':
      return 'a symbol';
    case 'function':
      return 'a function';
    default:
      // An object may have no text, or one of its own.
      if (value === null) return 'null';
      return isArray(value) ? 'an array' : 'an object';
  }
}

/** Not of a revoked proxy, which may not be asked. */
function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function shortened(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
