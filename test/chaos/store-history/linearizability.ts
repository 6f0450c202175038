// Whether a recorded history of calls could have been that of one process alone: each took effect at one moment between its
// call and its answer. (The search of Wing and Gong, with the memory of Lowe: no situation is looked at twice.)

export interface Operation {
  readonly key: string;
  readonly call: 'get' | 'set' | 'increment' | 'compareAndSet';
  /** The value; for `compareAndSet` the expected one and the next. */
  readonly input?: unknown;
  /** Absent where nobody knows whether it was done: it may be at any time after its start, or never. */
  readonly output?: { readonly value?: unknown };
  /** On a clock that all who record share. */
  readonly start: number;
  /** `Infinity` without an output. */
  readonly end: number;
}

/** @returns the keys whose histories nobody alone could have made. */
export function notLinearizable(history: readonly Operation[]): string[] {
  const keys = [...new Set(history.map(({ key }) => key))];
  return keys.filter((key) => !isLinearizable(history.filter((one) => one.key === key)));
}

function isLinearizable(history: readonly Operation[]): boolean {
  const operations = history
    .filter(({ call, output }) => output || call !== 'get')
    .sort((a, b) => a.start - b.start);
  const tried = new Set<string>();
  /** What is left to be tried, deepest last: no recursion, as a history is as deep as it is long. */
  const stack: Situation[] = [{ state: undefined, first: 0, beyond: [] }];
  for (let at = stack.pop(); at; at = stack.pop()) {
    const memory = JSON.stringify([at.state ?? null, at.first, at.beyond]);
    if (tried.has(memory)) continue;
    tried.add(memory);
    const next = mayBeNext(operations, at);
    if (next.every((index) => !operations[index]?.output)) return true;
    // Those are tried last that may never have been done: there the search would lose itself.
    const isKnown = (index: number): boolean => operations[index]?.output !== undefined;
    const known = next.filter(isKnown).reverse();
    for (const index of [...next.filter((one) => !isKnown(one)), ...known]) {
      const after = step(at.state, operations[index] as Operation);
      if (after) stack.push(withDone(at, index, after.state));
    }
  }
  return false;
}

/** What has been done: all before `first`, which has not, and those of `beyond`, in order. */
interface Situation {
  readonly state: unknown;
  readonly first: number;
  readonly beyond: readonly number[];
}

/** Those that began before any that is left had ended. */
function mayBeNext(operations: readonly Operation[], { first, beyond }: Situation): number[] {
  const found: number[] = [];
  let firstEnd = Number.POSITIVE_INFINITY;
  for (let index = first; index < operations.length; index++) {
    const { start, end } = operations[index] as Operation;
    if (start > firstEnd) break;
    if (beyond.includes(index)) continue;
    found.push(index);
    firstEnd = Math.min(firstEnd, end);
  }
  return found;
}

function withDone({ first, beyond }: Situation, index: number, state: unknown): Situation {
  const done = [...beyond, index].sort((a, b) => a - b);
  let next = first;
  while (done[0] === next) {
    done.shift();
    next++;
  }
  return { state, first: next, beyond: done };
}

/** The state afterwards; nothing where one process alone would have got another output. */
function step(state: unknown, { call, input, output }: Operation): { state: unknown } | undefined {
  const { value, next } = alone(state, call, input);
  return !output || output.value === value ? { state: next } : undefined;
}

function alone(
  state: unknown,
  call: Operation['call'],
  input: unknown,
): { value: unknown; next: unknown } {
  if (call === 'get') return { value: state, next: state };
  if (call === 'set') return { value: true, next: input };
  if (call === 'increment') {
    const sum = Number(state ?? 0) + Number(input);
    return { value: sum, next: sum };
  }
  const [expected, next] = input as [unknown, unknown];
  const isEqual = state === expected;
  return { value: isEqual, next: isEqual ? next : state };
}
