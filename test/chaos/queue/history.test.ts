// The checker of histories finds what it is there for: one history that is true, and such as were falsified.
import { expect, it } from 'vitest';
import { type Faults, faultsOf, type History, NO_FAULTS } from './history.js';

const hold = (name: string, token: number, from: number, until: number) => ({
  ...{ name, token, from, until },
});

/** Two jobs; the second one was interrupted, and ran again. */
const TRUE: History = {
  acknowledged: ['a', 'b'],
  ended: new Map([
    ['a', 'done'],
    ['b', 'done'],
  ]),
  starts: new Map([
    ['a', 1],
    ['b', 2],
  ]),
  holds: [hold('a', 1, 0, 5), hold('b', 3, 10, 15)],
  interrupted: 1,
};

it.each<[what: string, change: Partial<History>, faults: Partial<Faults>]>([
  ['nothing', {}, {}],
  ['a job that failed', { ended: new Map([...TRUE.ended, ['a', 'failed']]) }, {}],
  ['an acknowledged job that is gone', { ended: new Map([['b', 'done']]) }, { lost: ['a'] }],
  ['a job that is done and never ran', { starts: new Map([['b', 2]]) }, { unrun: ['a'] }],
  ['a job that ran again for no reason', { interrupted: 0 }, { again: 1 }],
  [
    'a job that ran twice at once',
    { holds: [...TRUE.holds, hold('a', 2, 4, 8)] },
    { twice: ['a'] },
  ],
  ['a token that came back', { holds: [...TRUE.holds, hold('b', 3, 20, 25)] }, { tokens: ['b'] }],
  ['a token that shrank', { holds: [...TRUE.holds, hold('b', 2, 20, 25)] }, { tokens: ['b'] }],
])('%s', (_, change, faults) => {
  expect(faultsOf({ ...TRUE, ...change })).toEqual({ ...NO_FAULTS, ...faults });
});
