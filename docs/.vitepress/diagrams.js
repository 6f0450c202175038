// Diagrams in Mermaid, which GitHub draws, as pictures that are drawn when the site is built: a browser would have to load
// megabytes for it.
// @ts-check
import { renderMermaidSVG } from 'beautiful-mermaid';

const COLOURS = { bg: 'light-dark(#ffffff, #1b1b1f)', fg: 'light-dark(#3c3c43, #dfdfd6)' };
/** The library would have every reader ask another host for a font. */
const FOREIGN_FONT = /@import url\([^)]*\);/g;

/** @param {import('vitepress').MarkdownRenderer} md */
export function drawDiagrams(md) {
  const inner = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token?.info.trim() !== 'mermaid') return inner?.(tokens, index, options, env, self) ?? '';
    const svg = renderMermaidSVG(withPlainIds(token.content), COLOURS)
      .replace(FOREIGN_FONT, '')
      .replace('style="', 'style="color-scheme:light dark;');
    const arrows = [...token.content.matchAll(/(\S+) --> (\S+)/g)];
    const words = arrows.map(([, from, to]) => `${from} to ${to}`).join(', ');
    return `<p><img class="diagram" alt="Arrows: ${md.utils.escapeHtml(words)}." src="data:image/svg+xml,${encodeURIComponent(svg)}"></p>\n`;
  };
}

/** The library knows no id with a slash in it, such as `bus/wire`. @param {string} diagram */
function withPlainIds(diagram) {
  return diagram.replace(/[\w-]+\/[\w-]+/g, (id) => `${id.replace(/\W/g, '_')}[${id}]`);
}
