// The arithmetic of flow control, in every order in which two senders, a router and two receivers can act.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as credit from '../dist/wire/credit.js';
import { search } from './credit/search.js';
import type { Arithmetic, Bounds } from './credit/world.js';

/** Some messages to both, some to one. */
const TWO: Bounds = {
  plans: [
    ['XY', 'X'],
    ['XY', 'Y'],
  ],
  window: 1,
  limit: 1,
  blocked: '',
};
/** More to one receiver than its outbox, a credit and a window hold together. */
const ONE: Bounds = {
  plans: ['XXXX'.split(''), 'XXX'.split('')],
  window: 1,
  limit: 1,
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
