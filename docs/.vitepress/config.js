// The site of the docs: `pnpm docs:dev` and `pnpm docs:build`. The pages stay plain Markdown that GitHub shows as well.
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { drawDiagrams } from './diagrams.js';
import { plainText } from './plain-text.js';
import { followLinks } from './repository.js';
import { searchOptions } from './search.js';
import { nav, sidebar } from './sidebar.js';
import { accessibleTables } from './tables.js';

/** As GitHub makes the id of a heading, so that a link to it works in both places. */
const anchors = { slugify: slug };

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
  vite: {
    plugins: [await plainText()],
    // In kilobytes: the index of the search has half a thousand, and is fetched with the first search.
    build: { chunkSizeWarningLimit: 1_000 },
  },
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/mark.svg' }]],
  themeConfig: {
    logo: '/mark.svg',
    nav,
    sidebar,
    outline: [2, 3],
    search: { provider: 'local', options: searchOptions },
  },
});
