// Damaged data files: no process dies of one for ever, and with checksums no value is wrong in silence.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSharedStore } from '@muster/store';
import { afterAll, expect, it } from 'vitest';
import { round } from '../../chaos/rounds.js';
import corpus from './corpus.json' with { type: 'json' };
import { damaged, KINDS } from './damage.js';
import { COUNT, contentOf, keyOf, optionsOf } from './values.js';

const READER = fileURLToPath(new URL('reader.js', import.meta.url));

/** A file that processes die of: two do, and then it is set aside. If they die of its effects later, eight. */
const MOST_DEATHS = 8;
/** Of the corpus, and made up. */
const [known, random] = round({ short: [5, 0], full: [corpus.length, 240] });

const root = await mkdtemp(join(tmpdir(), 'muster-damaged-'));
afterAll(() => (process.env.KEEP ? undefined : rm(root, { recursive: true })));

interface Outcome {
  readonly codes: Record<string, number>;
  readonly wrong: string[];
  readonly missing: number;
}

/** What a call may fail with. */
const EXPECTED = new Set([
  'MUSTER_CORRUPT_VALUE',
  'MUSTER_STORE_CORRUPT',
  'MUSTER_STORE_FULL',
  'MUSTER_STORE_FAILED',
]);

async function makeTemplate(): Promise<string> {
  const folder = join(root, 'template');
  const store = createSharedStore({ url: `lmdb:${folder}`, checksums: true });
  const view = store.namespace('fuzz');
  // Twice, so that some pages are free.
  for (let time = 0; time < 2; time++) {
    for (let n = 0; n < COUNT; n++) await view.set(keyOf(n), contentOf(n), optionsOf(n));
  }
  await store.close();
  return folder;
}

/** Has processes read the folders, one after the other dies of them. */
async function readAll(folders: string[]) {
  const deaths = new Map<string, number>();
  const outcomes = new Map<string, Outcome>();
  const warnings: string[] = [];
  let left = folders;
  while (left.length > 0) {
    const reader = fork(READER, left, { execArgv: [] });
    let current = '';
    reader.on('message', (message: Record<string, unknown>) => {
      if (message.begins) current = String(message.begins);
      if (message.warning) warnings.push(String(message.warning));
      if (message.done) outcomes.set(String(message.done), message as unknown as Outcome);
    });
    const [code, signal] = await once(reader, 'exit');
    left = left.slice(left.indexOf(current) + (outcomes.has(current) ? 1 : 0));
    if (code === 0) continue;
    const times = (deaths.get(current) ?? 0) + 1;
    deaths.set(current, times);
    expect(
      times,
      `${current} ends processes again and again, with ${signal ?? code}`,
    ).toBeLessThanOrEqual(MOST_DEATHS);
  }
  return { deaths, outcomes, warnings };
}

it(
  'a damaged file ends no process for ever, and with checksums gives no wrong value',
  async () => {
    const template = await makeTemplate();
    const file = await readFile(join(template, 'data.mdb'));
    const seeds = Array.from({ length: random ?? 0 }, () => Math.floor(Math.random() * 2 ** 31));
    const cases = [
      ...(corpus as [kind: string, seed: number][]).slice(0, known),
      ...seeds.map((seed, n) => [KINDS[n % KINDS.length] ?? '', seed] as const),
    ];
    const folders = await Promise.all(
      cases.map(async ([kind, seed]) => {
        const folder = join(root, `${kind}-${seed}`);
        await mkdir(folder);
        await copyFile(join(template, 'origin'), join(folder, 'origin'));
        await writeFile(join(folder, 'data.mdb'), damaged(file, kind, seed));
        return folder;
      }),
    );
    const { deaths, outcomes, warnings } = await readAll(folders);
    const codes: Record<string, number> = {};
    for (const [folder, outcome] of outcomes) {
      expect(outcome.wrong, folder).toEqual([]);
      for (const code of Object.keys(outcome.codes)) {
        expect(EXPECTED, folder).toContain(code);
        codes[code] = (codes[code] ?? 0) + 1;
      }
    }
    expect(outcomes.size).toBe(folders.length);
    expect(warnings).toEqual([]);
    console.log(
      JSON.stringify({ files: folders.length, deaths: Object.fromEntries(deaths), codes }),
    );
  },
  round({ short: 120_000, full: 1_200_000 }),
);
