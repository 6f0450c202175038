// What the text around a block gives it: names that the block uses, and that it neither declares nor imports.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CodeBlock } from '../../support/code-blocks.js';

/** A file for each page that gives something. */
export const GIVEN = join(import.meta.dirname, 'given');

/** `docs/guide/store.md`: `guide/store`. `packages/store/README.md`: `packages/store`. */
export function givenOf(page: string): string {
  return page.replace(/^docs\//, '').replace(/(?:\/README)?\.md$/, '');
}

/** That of a page, or of the page that is called as its folder: `guide/store` for `guide/store/values`. */
async function readGiven(name: string): Promise<{ name: string; text: string }> {
  if (name === '.') return { name, text: '' };
  const text = await readFile(join(GIVEN, `${name}.ts`), 'utf8').catch(() => undefined);
  return text === undefined ? readGiven(dirname(name)) : { name, text };
}

/**
 * An import of the names that a block is given, or nothing. What the page's file declares is given to every block. What it
 * exports from a package is given only to a block without imports: one that imports anything has to import all that it can.
 *
 * @param file in which the block is written, relative to the folder in which the files of all pages are in `given`
 */
export async function givenTo({ page, code }: CodeBlock, file: string): Promise<string> {
  const { name, text } = await readGiven(givenOf(page));
  const declared = text.matchAll(/^export declare (?:const|let|function|class) (\w+)/gm);
  const exported = text.matchAll(/^export \{ (?:default as )?(\w+) \} from/gm);
  const given = [...declared, ...(/^import /m.test(code) ? [] : exported)].map(([, each]) => each);
  const used = given.filter((each) => {
    const use = new RegExp(`(?<![.\\w'])${each}\\b`);
    const own = new RegExp(
      `^(?:import|const|let|class|(?:async )?function)\\b[^=('"]*\\b${each}\\b`,
      'm',
    );
    return use.test(code) && !own.test(code);
  });
  if (used.length === 0) return '';
  const up = '../'.repeat(file.split('/').length - 1);
  return `import { ${used.join(', ')} } from '${up}given/${name}.js';`;
}
