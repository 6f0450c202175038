// Links that leave docs/. On the site, what they lead to stands below /repository/, so that it needs no other host: a page
// such as SECURITY.md, or an example, as a page like any other, and code and folders as plain text (plain-text.js).
// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { extname, join, posix, relative } from 'node:path';
import { sourceFiles } from '../../test/support/source-files.js';

export const root = join(import.meta.dirname, '../..');
export const BASE = 'repository/';
/** They lead to all others that are no pages of docs. */
const ENTRANCES = ['SECURITY.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'];
/** In Markdown: `](target)`, without an address of the web and without a place in the same page. */
const LINKS = /\]\((?!\w+:|#)([^)\s#]+)/g;

/** @param {string} file below the root, as all paths here */
const isPage = (file) => file.endsWith('.md') || file.startsWith('docs/examples/');

/** @param {string} file @returns {string} the page below docs that shows it, as VitePress names it */
function pageOf(file) {
  if (!file.endsWith('.md')) return `${BASE}${file}.md`;
  return file.startsWith('docs/') ? file.slice('docs/'.length) : BASE + file;
}

/** @param {string} page @returns {string} the file that it shows */
function fileOf(page) {
  if (!page.startsWith(BASE)) return `docs/${page}`;
  const file = page.slice(BASE.length);
  return existsSync(join(root, file)) ? file : file.slice(0, -'.md'.length);
}

/** @param {string} source @param {string} link in it @returns {string} what it leads to; of a folder its page, if it has one */
function targetOf(source, link) {
  const target = posix.join(posix.dirname(source), link).replace(/\/$/, '');
  // The site begins with a page of its own instead.
  if (target === 'README.md') return 'docs/index.md';
  const pages = [`${target}/index.md`, `${target}/README.md`];
  return pages.find((page) => existsSync(join(root, page))) ?? target;
}

/** All files and folders that links lead to from pages of docs, and from those to which these lead. */
async function linked() {
  const own = (await sourceFiles(join(root, 'docs'))).map((file) => relative(root, file));
  const found = [...ENTRANCES, ...own.filter((file) => /^[^[]*\.md$/.test(file))];
  const seen = new Set(found);
  for (const source of found) {
    if (!source.endsWith('.md')) continue;
    for (const [, link = ''] of readFileSync(join(root, source), 'utf8').matchAll(LINKS)) {
      const target = targetOf(source, link);
      if (seen.has(target) || !existsSync(join(root, target))) continue;
      seen.add(target);
      found.push(target);
    }
  }
  return found;
}

/** @returns {Promise<string[]>} code and folders: what links lead to and is no page */
export async function plainTargets() {
  return (await linked()).filter((file) => !isPage(file));
}

/** The pages that show what is outside of docs, and examples: routes of docs/repository/[path].md. */
export async function repositoryPages() {
  const shown = (await linked()).filter((file) => isPage(file) && pageOf(file).startsWith(BASE));
  return shown.map((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const params = { path: pageOf(file).slice(BASE.length, -'.md'.length) };
    if (file.endsWith('.md')) return { params, content: text };
    return { params, content: `# ${file}\n\n\`\`\`\`${extname(file).slice(1)}\n${text}\`\`\`\`\n` };
  });
}

/** Leads the links of each page to where the site shows their targets. @param {import('vitepress').MarkdownRenderer} md */
export function followLinks(md) {
  const inner = md.renderer.rules.link_open;
  md.renderer.rules.link_open = (tokens, index, options, env, self) => {
    const token = tokens[index];
    const [, link, place = ''] =
      /^(?!\w+:|#|\/)([^#]+)(#.*)?$/.exec(token?.attrGet('href') ?? '') ?? [];
    if (token && link) {
      const target = targetOf(fileOf(env.relativePath), decodeURI(link));
      token.attrSet(
        'href',
        isPage(target) ? `/${pageOf(target)}${place}` : `/${BASE}${target}.html`,
      );
      // Then the browser follows it: VitePress looks for its own pages only.
      if (!isPage(target)) token.attrSet('target', '_self');
    }
    return inner?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options);
  };
}
