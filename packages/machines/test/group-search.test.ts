// The group of machines in every order in which these can append, read and die, while the log repeats, trims and loses entries.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
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
    'delivers nothing twice, in order, reports every loss with the values right, and is one: %s',
    (_, bounds, short, full) => {
      expect(search(Group, bounds, round({ short, full }))).toBeGreaterThan(400);
    },
  );
});

/** The room with one thing changed in one of its files, which is there once. */
async function mutant(name: string, from: string, to: string): Promise<GroupClass> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-group-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(new URL('../dist/peers', import.meta.url), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const file = join(folder, name);
  const code = readFileSync(file, 'utf8')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s+/g, ' ');
  expect(code.split(from), `what is to be changed is there once: ${from}`).toHaveLength(2);
  writeFileSync(
    file,
    code.replace(from, () => to),
  );
  const url = pathToFileURL(join(folder, 'group.js')).href;
  return ((await import(/* @vite-ignore */ url)) as { Group: GroupClass }).Group;
}

describe('the search finds a group', () => {
  test.each<[string, string, string, string, Bounds, number, RegExp]>([
    [
      'that delivers again what was written again',
      'group.js',
      '!isReadBefore(peer, entry.attempts)',
      'true',
      { ...TWO, losses: 1, silences: 1 },
      6,
      /again, or too late/,
    ],
    [
      'that takes an entry twice',
      'peer.js',
      '(epoch === peer.epoch && seq <= peer.seq)',
      'false',
      TWICE,
      4,
      /the log has all/,
    ],
    [
      'that does not miss an entry',
      'group.js',
      'epoch === peer.epoch && seq === peer.seq + 1',
      'true',
      WITHOUT_BEGINNING,
      5,
      /without a gap/,
    ],
    [
      'that believes every hello',
      'group.js',
      'committed?.epoch === before.epoch && committed.seq <= before.seq',
      'true',
      { ...WITHOUT_BEGINNING, silences: 2 },
      6,
      /without a gap/,
    ],
    [
      'whose machines never leave',
      'group.js',
      'peer.isPresent && peer.atMs + this.#goneMs < atMs',
      'false',
      KILLED,
      4,
      /knows/,
    ],
    [
      'that goes on without its hello',
      'group.js',
      'if (!self.isPresent) { this.#epochIsOver(); return; }',
      'if (!self.isPresent) return;',
      WITHOUT_END,
      5,
      /knows/,
    ],
    [
      'that reports a gap before the values are right',
      'gaps.js',
      '...gap });',
      '...gap }); this.#events.report(id, sinceMs);',
      { ...TWO, trims: 1 },
      5,
      /reports a gap/,
    ],
    [
      'that asks for no values after a gap that a hello tells',
      'group.js',
      'this.#gaps.missed(id, before?.atMs ?? sinceMs); } else',
      'this.#events.push({ kind: "gap", id, sinceMs }); } else',
      { ...WITHOUT_END, losses: 1 },
      6,
      /reports a gap|retains/,
    ],
  ])('%s', async (_, name, from, to, bounds, steps, says) => {
    const broken = await mutant(name, from, to);
    expect(() => search(broken, bounds, steps)).toThrow(says);
  });
});
