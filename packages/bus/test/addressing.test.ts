import { hostname } from 'node:os';
import type { Member } from '@muster/bus';
import { expect, test } from 'vitest';
import { nameOfHost } from '../dist/members/machine.js';
import { runFixture } from './support/run-fixture.js';

interface Heard {
  by: string | number;
  name: string;
  from: Member;
}

/** Nobody says what it is called. */
const machine = nameOfHost(hostname());

const MEMBERS: Record<string, Member> = {
  0: { machine, slot: 0, generation: 1, role: 'web' },
  1: { machine, slot: 1, generation: 1, role: 'web' },
  2: { machine, slot: 2, generation: 1, role: 'jobs' },
  primary: { machine, slot: 'primary', generation: 1, role: 'primary' },
};

/** Who hears what each member sends: itself, too, only with `self`, and where it is one of them. */
const MEANT: Record<string, { to: string[]; self?: boolean }> = {
  all: { to: ['0', '1', '2', 'primary'] },
  'all and self': { to: ['0', '1', '2', 'primary'], self: true },
  'slot 1': { to: ['1'] },
  'slots 0 and 2': { to: ['0', '2'] },
  'role web': { to: ['0', '1'] },
  'role web and self': { to: ['0', '1'], self: true },
  'role jobs and slot 0': { to: ['2', '0'] },
  primary: { to: ['primary'] },
  'slot that nobody has': { to: [] },
  'as many as there may be': { to: ['0', '2'] },
};

test('a message reaches those that its target names, once, with the sender on it', async () => {
  const { report, code, stderr } = await runFixture<Heard[]>('addressing.js');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

  const expected: Heard[] = [];
  for (const [sender, from] of Object.entries(MEMBERS)) {
    for (const [name, { to, self = false }] of Object.entries(MEANT)) {
      for (const by of to.filter((one) => self || one !== sender))
        expected.push({ by: MEMBERS[by]?.slot ?? by, name, from });
    }
  }
  const sorted = (list: Heard[]) => list.map((one) => JSON.stringify(one)).sort();
  expect(sorted(report)).toEqual(sorted(expected));
});
