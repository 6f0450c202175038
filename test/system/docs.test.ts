import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawBenchmarks } from '../bench/drawing/draw.js';
import { codeBlocksOfDocs } from '../support/code-blocks.js';
import { drawArchitecture } from '../support/draw-architecture.js';
import { sourceFiles } from '../support/source-files.js';

const root = join(import.meta.dirname, '../..');

/** Our own files, as paths below the root. */
async function filesIn(folder: string, ending: string): Promise<string[]> {
  const found = await sourceFiles(join(root, folder));
  return found.filter((file) => file.endsWith(ending)).map((file) => relative(root, file));
}

const read = (file: string) => readFile(join(root, file), 'utf8');

const packages = await readdir(join(root, 'packages'));
const sources = (
  await Promise.all(packages.map((name) => filesIn(`packages/${name}/src`, '.ts')))
).flat();
const pages = [
  ...(await readdir(root)).filter((file) => file.endsWith('.md')),
  ...(await filesIn('docs', '.md')),
  ...packages.map((name) => `packages/${name}/README.md`),
];

const codeOf = async (files: string[]) => (await Promise.all(files.map(read))).join('\n');
const tests = [...(await filesIn('test', '.test.ts')), ...(await filesIn('packages', '.test.ts'))];
const [ofTests, known] = await Promise.all([
  codeOf(tests),
  codeOf([...sources, ...(await filesIn('test', '.ts'))]),
]);

describe('the documentation', () => {
  it.each(pages)('has no dead link in %s', async (page) => {
    const links = [...(await read(page)).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)];
    const dead = links.filter(([, path = '']) => !existsSync(join(root, dirname(page), path)));
    expect(dead.map(([, path]) => path)).toEqual([]);
  });

  it('has no example that no test runs', async () => {
    const blocks = (await codeBlocksOfDocs()).filter(({ mark }) => mark !== 'not code');
    const unknown = blocks.filter(({ page, language }) => {
      // What it gives has to be named, each example by itself.
      const runs = new RegExp(`examplesOf\\(\\s*'${page}',\\s*'${language}'`);
      return !runs.test(ofTests);
    });
    expect(unknown.map(({ page, line, language }) => `${page}:${line} ${language}`)).toEqual([]);
  });

  it('explains each code of an error or warning under a heading of its own, and no other', async () => {
    const found = (await codeOf(sources)).matchAll(/\bcode(?: =|:) '(MUSTER_\w+)'/g);
    const codes = new Set(Array.from(found, ([, code = '']) => code));
    const explained = [...(await read('docs/errors.md')).matchAll(/^## (MUSTER_\w+)$/gm)];
    expect(explained.map(([, code]) => code)).toEqual([...codes].sort());
    expect(codes).toContain('MUSTER_OUTCOME_UNKNOWN');
  });

  it.each(pages)('runs no command in %s that npm would fetch from a stranger', async (page) => {
    expect((await read(page)).match(/^ *npx (-\S+ )*muster\b.*$/gm)).toBeNull();
  });

  it('shows the packages and rooms as their imports are', async () => {
    const { current, drawn } = await drawArchitecture();
    expect(current, 'run `npx -y pnpm@12 format`, and look at what it draws').toBe(drawn);
  });

  it('shows the benchmarks as their figures are', async () => {
    const files = await drawBenchmarks();
    expect(files.size).toBeGreaterThan(1);
    for (const [file, { current, drawn }] of files) {
      expect(current, `${file}: run \`npx -y pnpm@12 format\``).toBe(drawn);
    }
  });

  it.each(pages)('names nothing in %s that the code does not know', async (page) => {
    const unknown = ((await read(page)).match(/\bMUSTER_[A-Z_]+\b/g) ?? []).filter(
      (name) => !known.includes(name),
    );
    expect(unknown).toEqual([]);
  });
});
