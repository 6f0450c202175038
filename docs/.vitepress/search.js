// The search of the site: what is in its index, and what is shown first.
// @ts-check
import { keywords } from './keywords.js';

/**
 * For the index, code needs no colours: they would take a third of the build.
 *
 * @param {string} src
 * @param {unknown} env
 * @param {{ options: { highlight?: unknown }, render(src: string, env: unknown): string }} md
 */
function withoutColours(src, env, md) {
  const { highlight } = md.options;
  md.options.highlight = null;
  const html = md.render(src, env);
  md.options.highlight = highlight;
  return html;
}

/**
 * VitePress sends it to the browser as text, where nobody calls it: the index is made in the build.
 *
 * @param {Record<string, string>} section
 * @param {string} field
 */
const extractField = (section, field) =>
  field === 'keywords' ? keywords[section.id ?? '']?.join(' ') : section[field];

/** What to do comes before figures and reasons. VitePress sends it to the browser as text. @param {string} page */
const boostDocument = (page) => (/lab-notes|benchmarks/.test(page) ? 0.2 : 1);

/** For MiniSearch, in the build and in the browser. */
export const miniSearch = {
  options: { fields: ['title', 'titles', 'text', 'keywords'], extractField },
  // By default, a section with one of the words is found, and one with more of them comes first: a word too many hides nothing.
  searchOptions: {
    prefix: true,
    fuzzy: 0.1,
    boost: { title: 4, keywords: 4, text: 2, titles: 1 },
    boostDocument,
  },
};

export const searchOptions = { _render: withoutColours, miniSearch };
