// The site of the docs: `pnpm docs:dev` and `pnpm docs:build`. The pages stay plain Markdown that GitHub shows as well.
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { drawDiagrams } from './diagrams.js';
import { plainText } from './plain-text.js';
import { followLinks } from './repository.js';
import { nav, sidebar } from './sidebar.js';
import { accessibleTables } from './tables.js';

/** As GitHub makes the id of a heading, so that a link to it works in both places. */
const anchors = { slugify: slug };

/**
 * For the index of the search, code needs no colours: they would take a third of the build.
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

/** What to do comes before figures and reasons. VitePress sends it to the browser as text. @param {string} page */
const boostDocument = (page) => (/lab-notes|benchmarks/.test(page) ? 0.2 : 1);

export default defineConfig({
  title: 'Muster',
  description: 'Shared state, messages and supervision for Node.js clusters',
  lang: 'en',
  srcExclude: ['examples/**', 'reference/**'],
  ignoreDeadLinks: 'localhostLinks',
  markdown: {
    anchor: anchors,
    headers: anchors,
    toc: anchors,
    languageAlias: { gitignore: 'ini' },
    config(md) {
      followLinks(md);
      accessibleTables(md);
      drawDiagrams(md);
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  vite: { plugins: [await plainText()] },
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/mark.svg' }]],
  themeConfig: {
    logo: '/mark.svg',
    nav,
    sidebar,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        _render: withoutColours,
        miniSearch: { searchOptions: { combineWith: 'AND', fuzzy: 0.1, boostDocument } },
      },
    },
  },
});
