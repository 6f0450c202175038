// The policy in every state that a small role can reach, and policies with one thing wrong, which the search has to find.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decide } from '../../dist/extensions/autoscale/policy.js';
import { search } from './search.js';

const POLICY = new URL('../../dist/extensions/autoscale/policy.js', import.meta.url);

it('keeps its promises in every order of looks, failures and changes by hand', () => {
  expect(search(decide)).toBeGreaterThan(100);
});

/** The policy with one thing changed in it, which is there once. */
async function mutant(from: string, to: string): Promise<typeof decide> {
  const code = readFileSync(POLICY, 'utf8')
    .replace(/\s+/g, ' ')
    .replace(/\/\*.*?\*\//g, '');
  const plain = code.replace(/\/\/ .*? (?=if )/g, '');
  expect(plain.split(from), `what is to be changed is in the policy once: ${from}`).toHaveLength(2);
  const url = `data:text/javascript,${encodeURIComponent(plain.replace(from, () => to))}`;
  return ((await import(/* @vite-ignore */ url)) as { decide: typeof decide }).decide;
}

describe('the search finds one that', () => {
  it.each([
    {
      what: 'changes a role during a reload',
      from: 'if (!isAtRest || workers === 0)',
      to: 'if (workers === 0)',
      finds: 'for no reason',
    },
    {
      what: 'forgets none of its patience while something else goes on',
      from: 'return { state: { ...state, lowSince: undefined } }; const known',
      to: 'return { state }; const known',
      finds: 'it shrinks for no reason',
    },
    {
      what: 'takes workers without heartbeats for idle',
      from: 'known.length === workers &&',
      to: '',
      finds: 'it shrinks for no reason',
    },
    {
      what: 'does not see that fewer workers have more to do each',
      from: 'range.downAt * (workers - 1)',
      to: 'range.downAt * workers',
      finds: 'it shrinks for no reason',
    },
    {
      what: 'goes below min',
      from: 'workers > range.min &&',
      to: '',
      finds: 'it leaves the range',
    },
    {
      what: 'goes beyond max',
      from: 'if (workers >= max || now < upFrom)',
      to: 'if (now < upFrom)',
      finds: 'it leaves the range',
    },
    {
      what: 'does not wait between two steps up',
      from: 'if (workers >= max || now < upFrom)',
      to: 'if (workers >= max)',
      finds: 'it grows for no reason',
    },
    {
      what: 'takes a change by hand for none',
      from: 'workers === before.workers ? before :',
      to: 'workers >= 0 ? before :',
      finds: 'for no reason',
    },
    {
      what: 'never comes down again',
      from: 'const lowSince = state.lowSince ?? now;',
      to: 'const lowSince = now;',
      finds: 'it does not shrink',
    },
  ])('$what', async ({ from, to, finds }) => {
    const wrong = await mutant(from, to);
    expect(() => search(wrong)).toThrow(finds);
  });
});
