// The blocks of our pages: the README, the docs and the packages' READMEs.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sourceFiles } from './source-files.js';

const root = join(import.meta.dirname, '../..');

const LANGUAGES = new Set(['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'cts', 'tsx']);

/** A comment, which no reader sees, and a block below it. */
const BLOCK =
  /(?:^ *<!-- (?<mark>not code|only JavaScript): (?<why>.+?) -->\n\n?)?^(?<indent> *)```(?<language>\w+)[^\n]*\n(?<code>.*?)^\k<indent>```$/gms;

/**
 * @typedef {object} CodeBlock
 * @property {string} page a path below the root of the repository
 * @property {number} line of its first line of code, from 1
 * @property {string} language
 * @property {string} code
 * @property {string} [mark] of the comment above it: `not code` shows a shape or a mistake, and `only JavaScript` needs a type
 *   argument in TypeScript
 */

/**
 * @param {string} page
 * @param {string} text
 * @returns {CodeBlock[]} in all languages
 */
export function codeBlocks(page, text) {
  return Array.from(text.matchAll(BLOCK), ({ 0: all, index, groups = {} }) => {
    const { language = '', code = '', indent = '', mark } = groups;
    const above = text.slice(0, index) + all.slice(0, all.indexOf('```'));
    return {
      page,
      line: above.split('\n').length + 1,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      ...(mark !== undefined && { mark }),
    };
  });
}

/** What is JavaScript or TypeScript, without the reference, which is made from docstrings. */
export async function codeBlocksOfDocs() {
  const docs = (await sourceFiles(join(root, 'docs'))).map((file) => relative(root, file));
  const packages = await readdir(join(root, 'packages'));
  const pages = [
    'README.md',
    ...docs.filter((file) => /^docs\/(?!reference\/|\.).*\.md$/.test(file)),
    ...packages.map((name) => `packages/${name}/README.md`),
  ];
  const read = async (/** @type {string} */ page) =>
    codeBlocks(page, await readFile(join(root, page), 'utf8'));
  const blocks = (await Promise.all(pages.map(read))).flat();
  return blocks.filter(({ language }) => LANGUAGES.has(language));
}
