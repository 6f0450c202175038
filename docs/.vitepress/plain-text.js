// Code and folders to which pages link, as files of the site that cost the build nothing: some 250 of them as pages would
// double its time.
// @ts-check
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BASE, plainTargets, root } from './repository.js';

/** @typedef {NonNullable<NonNullable<import('vitepress').UserConfig['vite']>['plugins']>[number]} PluginOption */
/** @typedef {Extract<PluginOption, { name: string }>} Plugin of the vite that VitePress has */

const NOT_OURS = new Set(['node_modules', 'dist', 'lib']);

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** @param {string} path below the root @param {Set<string>} shown */
function asHtml(path, shown) {
  const absolute = join(root, path);
  const text = statSync(absolute).isDirectory()
    ? readdirSync(absolute)
        .filter((name) => !NOT_OURS.has(name))
        .map((name) =>
          shown.has(`${path}/${name}`)
            ? `<a href="${path.split('/').at(-1)}/${name}.html">${name}</a>`
            : name,
        )
        .join('\n')
    : escaped(readFileSync(absolute, 'utf8'));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${path}</title>
<h1>${path}</h1>
<pre tabindex="0">${text}</pre>
`;
}

/**
 * Adds them to what is built, and to what `vitepress dev` serves.
 *
 * @returns {Promise<Plugin>}
 */
export async function plainText() {
  const shown = new Set(await plainTargets());
  return {
    name: 'muster:plain-text',
    generateBundle() {
      for (const path of shown) {
        this.emitFile({
          type: 'asset',
          fileName: `${BASE}${path}.html`,
          source: asHtml(path, shown),
        });
      }
    },
    configureServer({ middlewares }) {
      middlewares.use((req, res, next) => {
        const path = decodeURI(req.url ?? '').slice(1 + BASE.length, -'.html'.length);
        if (!shown.has(path)) return next();
        res.setHeader('content-type', 'text/html; charset=utf-8');
        res.end(asHtml(path, shown));
      });
    },
  };
}
