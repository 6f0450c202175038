// The layout of a sorted set in entries, for engines without a data type for it: for each member one entry with its score, and one
// whose key sorts like the set; and under the key of the set itself the number of members.
import type { Transaction } from '../engine.js';

/** A checked range. `min` and `max` apply by score, `start` by rank. */
export interface Range {
  readonly by: 'score' | 'rank';
  /** Included. */
  readonly min: number;
  readonly max: number;
  readonly start: number;
  readonly reverse: boolean;
  /** `Infinity` for all. */
  readonly limit: number;
}

const BITS = new DataView(new ArrayBuffer(8));
const SIGN = 1n << 63n;
const ALL = (1n << 64n) - 1n;
const DIGITS = 16;

function memberKey(set: string, member: string): string {
  return `${set}m${member}`;
}

function orderKey(set: string, score: number, member: string): string {
  return `${set}o${ordered(score)}${member}`;
}

/** Hexadecimal digits that sort like numbers: all bits of a negative double are inverted, and the first bit of any other. */
function ordered(score: number, plus = 0n): string {
  BITS.setFloat64(0, score);
  const bits = BITS.getBigUint64(0);
  const sorted = (bits & SIGN ? ~bits & ALL : bits | SIGN) + plus;
  return sorted.toString(16).padStart(DIGITS, '0');
}

function scoreOf(digits: string): number {
  const sorted = BigInt(`0x${digits}`);
  BITS.setBigUint64(0, sorted & SIGN ? sorted & ~SIGN : ~sorted & ALL);
  return BITS.getFloat64(0);
}

/** The range of keys of all members with a score from `min` to `max`. */
export function within(set: string, min: number, max: number): [from: string, to: string] {
  return [`${set}o${ordered(min)}`, `${set}o${ordered(max, 1n)}`];
}

/** The range of keys of all members before this one. */
export function before(set: string, score: number, member: string): [from: string, to: string] {
  return [`${set}o`, orderKey(set, score, member)];
}

export function scoreIn(transaction: Transaction, set: string, member: string): number | undefined {
  const text = transaction.get(memberKey(set, member));
  return text === undefined ? undefined : Number(text);
}

export function countIn(transaction: Transaction, set: string): number {
  return Number(transaction.get(set) ?? 0);
}

/** The members in the order of the range. */
export function membersIn(
  transaction: Transaction,
  set: string,
  { by, min, max, start, reverse, limit }: Range,
): { readonly member: string; readonly score: number }[] {
  const [from, to] = by === 'score' ? within(set, min, max) : [`${set}o`, `${set}p`];
  const scoreAt = set.length + 1;
  return transaction.keys(from, to, { reverse, offset: start, limit }).map((key) => ({
    member: key.slice(scoreAt + DIGITS),
    score: scoreOf(key.slice(scoreAt, scoreAt + DIGITS)),
  }));
}

/** Writes the score of a member. @returns whether the member is new. */
export function putMember(
  transaction: Transaction,
  set: string,
  member: string,
  score: number,
): boolean {
  const old = scoreIn(transaction, set, member);
  if (old === score) return false;
  if (old !== undefined) transaction.delete(orderKey(set, old, member));
  else transaction.put(set, String(countIn(transaction, set) + 1), 'never');
  transaction.put(memberKey(set, member), String(score), 'never');
  transaction.put(orderKey(set, score, member), '1', 'never');
  return old === undefined;
}

export function removeMembers(
  transaction: Transaction,
  set: string,
  members: readonly string[],
): number {
  let removed = 0;
  for (const member of members) {
    const score = scoreIn(transaction, set, member);
    if (score === undefined) continue;
    transaction.delete(memberKey(set, member));
    transaction.delete(orderKey(set, score, member));
    removed++;
  }
  const left = countIn(transaction, set) - removed;
  if (left > 0) transaction.put(set, String(left), 'keep');
  else transaction.delete(set);
  return removed;
}
