// The group of machines in every order in which these can append, read and die, while the log repeats, trims and loses entries.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { round } from '../../../test/chaos/rounds.js';
import { Group } from '../dist/peers/group.js';
import { search } from './group-search/search.js';
import type { Bounds, GroupClass } from './group-search/world.js';

const NONE = { silences: 0, losses: 0, trims: 0, repeats: 0, kills: 0 };
const TWO: Bounds = { ...NONE, machines: 2, messages: 2 };
const THREE: Bounds = { ...NONE, machines: 3, messages: 1 };

const SILENT: Bounds = { ...TWO, silences: 2 };
const WITHOUT_END: Bounds = { ...TWO, losses: 2, silences: 1 };
const WITHOUT_BEGINNING: Bounds = { ...TWO, trims: 2, silences: 1 };
const TWICE: Bounds = { ...TWO, repeats: 2, silences: 1 };
const KILLED: Bounds = { ...THREE, kills: 1, silences: 1 };

describe('a group', () => {
  test.each<[string, Bounds, number, number]>([
    ['two machines that are silent', SILENT, 6, 10],
    ['two machines, and a log that loses its end', WITHOUT_END, 5, 10],
    ['two machines, and a log that loses its beginning', WITHOUT_BEGINNING, 6, 10],
    ['two machines that append twice', TWICE, 5, 9],
    ['three machines, one of which dies', KILLED, 4, 8],
    ['three machines, and a log that loses its end', { ...THREE, losses: 1, silences: 1 }, 4, 8],
  ])(
    'delivers nothing twice, in order, tells every loss, and is one: %s',
    (_, bounds, short, full) => {
      expect(search(Group, bounds, round({ short, full }))).toBeGreaterThan(400);
    },
  );
});

/** The module with one thing changed in it, which is there once. */
async function mutant(from: string, to: string): Promise<GroupClass> {
  const file = readFileSync(new URL('../dist/peers/group.js', import.meta.url), 'utf8');
  const code = file.replace(/^\s*\/\/.*$/gm, '').replace(/\s+/g, ' ');
  expect(code.split(from), `what is to be changed is there once: ${from}`).toHaveLength(2);
  const url = `data:text/javascript,${encodeURIComponent(code.replace(from, () => to))}`;
  return ((await import(/* @vite-ignore */ url)) as { Group: GroupClass }).Group;
}

describe('the search finds a group', () => {
  test.each<[string, string, string, Bounds, number, RegExp]>([
    [
      'that delivers again what was written again',
      '!hasRead(one, entry.again)',
      'true',
      { ...TWO, losses: 1, silences: 1 },
      6,
      /again, or too late/,
    ],
    [
      'that takes an entry twice',
      '(epoch === one.epoch && seq <= one.seq)',
      'false',
      TWICE,
      4,
      /again, or too late/,
    ],
    [
      'that does not miss an entry',
      'seq > one.seq + 1',
      'false',
      WITHOUT_BEGINNING,
      5,
      /without a gap/,
    ],
    [
      'that believes every hello',
      'was?.epoch === before.epoch && was.seq <= before.seq',
      'true',
      { ...WITHOUT_BEGINNING, silences: 2 },
      6,
      /without a gap/,
    ],
    [
      'whose machines never leave',
      'one.isHere && one.atMs + this.#goneMs < atMs',
      'false',
      KILLED,
      4,
      /knows/,
    ],
    [
      'that goes on without its hello',
      'if (!self.isHere) { this.#over(news); return; }',
      'if (!self.isHere) return;',
      WITHOUT_END,
      5,
      /knows/,
    ],
  ])('%s', async (_, from, to, bounds, steps, says) => {
    const broken = await mutant(from, to);
    expect(() => search(broken, bounds, steps)).toThrow(says);
  });
});
