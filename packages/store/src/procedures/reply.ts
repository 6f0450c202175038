// Readers of Redis's replies. Each accepts one kind of reply and throws for all others: a proxy that makes replies up must not
// lead to a lock that nobody has, or a value that does not exist.

type Read<Output> = (raw: unknown) => Output;

/** 1 or 0. */
export function flag(raw: unknown): boolean {
  if (raw === 1 || raw === 0) return raw === 1;
  throw notA('1 or 0');
}

export function integer(raw: unknown): number {
  if (Number.isInteger(raw)) return raw as number;
  throw notA('an integer');
}

/** @param most included. */
export function count(raw: unknown, most = Number.POSITIVE_INFINITY): number {
  const number = integer(raw);
  if (number >= 0 && number <= most) return number;
  throw notA('a count');
}

export function text(raw: unknown): string {
  if (typeof raw === 'string') return raw;
  throw notA('text');
}

/** 1, from a script without a result. (Nil could come from anything.) */
export function done(raw: unknown): void {
  if (raw !== 1) throw notA('1');
}

export function optional<Output>(raw: unknown, read: Read<Output>): Output | undefined {
  return raw === null ? undefined : read(raw);
}

/** @param length where it is known. */
export function list<Output>(raw: unknown, read: Read<Output>, length?: number): Output[] {
  if (!Array.isArray(raw) || (length !== undefined && raw.length !== length)) throw notA('a list');
  // Not `map` with `read` itself, which would be given positions, too.
  return raw.map((item) => read(item));
}

/** @param length at least. */
export function tuple(raw: unknown, length: number): unknown[] {
  if (Array.isArray(raw) && raw.length >= length) return raw;
  throw notA('a list');
}

/** A score of a sorted set. `inf` was written by another client. */
export function score(raw: unknown): number {
  const number = Number(text(raw).replace('inf', 'Infinity'));
  if (raw === '' || Number.isNaN(number)) throw notA('a score');
  return number;
}

/** A reply of PTTL in milliseconds; `Infinity` if the key does not expire, `undefined` if it does not exist. */
export function timeLeft(raw: unknown): number | undefined {
  if (raw === -2) return undefined;
  // Redis gets one millisecond less than meant (see entries/lua-lifetime.ts).
  return raw === -1 ? Number.POSITIVE_INFINITY : count(raw) + 1;
}

function notA(what: string): Error {
  return new Error(`The answer is not ${what}`);
}
