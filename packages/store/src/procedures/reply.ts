// Reads what Redis answered. Each reader takes what it is for and throws for everything else: a proxy that makes answers up
// must not become a lock that nobody has, or a value that is not there.

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

/** 1, of a script that has nothing else to say: nil is what anything might answer. */
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

/** A score of a sorted set. What Redis calls `inf`, another client has put there. */
export function score(raw: unknown): number {
  const number = Number(text(raw).replace('inf', 'Infinity'));
  if (raw === '' || Number.isNaN(number)) throw notA('a score');
  return number;
}

/** Milliseconds that a key has left, as PTTL says it; `Infinity` where it does not expire, `undefined` where there is none. */
export function timeLeft(raw: unknown): number | undefined {
  if (raw === -2) return undefined;
  // Redis is told one millisecond less than meant (see entries/lua-lifetime.ts).
  return raw === -1 ? Number.POSITIVE_INFINITY : count(raw) + 1;
}

function notA(what: string): Error {
  return new Error(`The answer is not ${what}`);
}
