// The arithmetic of flow control, in every order in which two senders, a router and two receivers can act.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as credit from '../dist/wire/credit.js';
import { search } from './credit/search.js';
import type { Arithmetic, Bounds } from './credit/world.js';

/** As a bus whose outboxes are full before they are busy. */
const NEVER = 1_000;

/** Some messages to both, some to one. */
const TWO: Bounds = {
  plans: [
    ['XY', 'X'],
    ['XY', 'Y'],
  ],
  window: 1,
  limit: 1,
  busy: NEVER,
  blocked: '',
};
/** More to one receiver than its outbox, a credit and a window hold together. */
const ONE: Bounds = {
  plans: ['XXXX'.split(''), 'XXX'.split('')],
  window: 1,
  limit: 1,
  busy: NEVER,
  blocked: '',
};

describe('credits', () => {
  it.each<Bounds>([
    TWO,
    ONE,
    // Marks after several messages.
    { ...ONE, plans: ['XXXXXX'.split(''), ['X']], window: 8, limit: 1 },
    // One that never reads holds up only who sends to it.
    {
      ...TWO,
      plans: [
        ['XY', 'XY', 'XY', 'X'],
        ['Y', 'Y', 'XY'],
      ],
      blocked: 'X',
    },
    {
      ...TWO,
      plans: [
        ['XY', 'XY', 'XY'],
        ['Y', 'X', 'XY'],
      ],
      blocked: 'XY',
    },
    // As it is: busy long before it is full.
    { ...TWO, busy: 1, limit: 4 },
    { ...ONE, busy: 1, limit: 4 },
    { ...ONE, busy: 1, limit: 2 },
    { ...ONE, busy: 2, limit: 1 },
    {
      ...TWO,
      plans: [
        ['XY', 'XY', 'XY'],
        ['Y', 'Y', 'XY'],
      ],
      busy: 1,
      limit: 3,
      blocked: 'X',
    },
  ])('lose nothing and let nobody wait for ever: %j', (bounds) => {
    const began = performance.now();
    const worlds = search(credit, bounds);
    console.log(JSON.stringify({ worlds, ms: Math.round(performance.now() - began) }));
    expect(worlds).toBeGreaterThan(100);
  });
});

/** The module with one thing changed in it, which is there once. */
async function mutant(from: string, to: string): Promise<Arithmetic> {
  const file = readFileSync(new URL('../dist/wire/credit.js', import.meta.url), 'utf8');
  const code = file.replace(/^\s*\/\/.*$/gm, '').replace(/\s+/g, ' ');
  expect(code.split(from), `what is to be changed is there once: ${from}`).toHaveLength(2);
  const url = `data:text/javascript,${encodeURIComponent(code.replace(from, () => to))}`;
  return (await import(/* @vite-ignore */ url)) as Arithmetic;
}

const OVER = /over its credit/;
const FOR_EVER = /for ever/;

describe('the search finds', () => {
  it('a receiver whose busy senders are never told that it is calm', async () => {
    const never = await mutant('return waiting <= limit / 2;', 'return limit > 1 && waiting < 0;');
    expect(() => search(never, { ...ONE, busy: 2 })).toThrow(FOR_EVER);
  });

  it('receivers that say too late that they are busy', () => {
    const late: Arithmetic = { ...credit, isBusy: () => false };
    expect(() => search(late, { ...ONE, busy: 1, limit: 4 })).toThrow(/beyond its bound|over its/);
  });

  it.each([
    ['senders that do not wait', 'return unrouted + waiting >= size;', 'return false;', OVER],
    ['marks that are not sent', 'if (unmarked < size / 4)', 'if (true)', FOR_EVER],
    ['marks that do not count', 'window.unrouted - routed', 'window.unrouted', FOR_EVER],
    ['a sender that is not told', 'tell: true', 'tell: false', OVER],
    [
      'a sender that is not told where another one was',
      'if (waiting <= limit)',
      'if (waiting <= limit || ledger.size > 0)',
      /grows beyond its bound/,
    ],
    ['room that is never told', 'return waiting <= limit / 2;', 'return waiting < 0;', FOR_EVER],
  ])('%s', async (_, from, to, says) => {
    const arithmetic = await mutant(from, to);
    expect(() => [ONE, TWO].map((bounds) => search(arithmetic, bounds))).toThrow(says);
  });
});

describe('windows', () => {
  it('get smaller with more members, and never so small that what has left without a mark fills one', () => {
    const sizes = [0, 1, 2, 4, 5, 8, 16, 17, 1_000].map((members) => credit.windowBytes(members));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    const [largest = 0] = sizes;
    expect(largest).toBe(256 * 1024);
    const [full, isMarked] = credit.leave(credit.EMPTY_WINDOW, largest / 4 - 1, largest);
    expect(isMarked).toBe(false);
    expect(credit.mayLeave(full, sizes.at(-1) ?? 0)).toBe(true);
  });
});
