// The site of the docs, as it is built: without a warning and a dead link, and in a browser, without a request to any other
// host. What it looked like stays in .cache/site.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keywords } from '../../docs/.vitepress/keywords.js';
import { miniSearch } from '../../docs/.vitepress/search.js';
import { sidebar } from '../../docs/.vitepress/sidebar.js';
import { Visitors, violations } from '../support/console-visitors.js';
import { examplesOf } from '../support/guide.js';
import { sourceFiles } from '../support/source-files.js';

const docs = join(import.meta.dirname, '../../docs');
const pictures = join(import.meta.dirname, '../../.cache/site');
const site = join(docs, '.vitepress/dist');
/** typedoc writes them, which `pnpm check` runs, and not this test. */
const REFERENCE = '/reference/';

describe('the sidebar', () => {
  it('has each page of docs exactly once, and no other', async () => {
    const pages = (await sourceFiles(docs))
      .map((file) => relative(docs, file))
      .filter((file) => file.endsWith('.md') && !file.includes('['))
      .map((file) => `/${file.replace(/(index)?\.md$/, '')}`);
    const entries = sidebar.flatMap(({ items }) => items.map(({ link }) => link));
    const own = entries.filter((link) => !/^\/(repository|reference)\//.test(link));
    expect(own.sort()).toEqual(pages.sort());
  });
});

describe('the site', () => {
  let server: Server;
  let visitors: Visitors;
  let url: string;

  beforeAll(async () => {
    const build = spawn(join(docs, 'node_modules/.bin/vitepress'), ['build'], { cwd: docs });
    const [out, err, [code]] = await Promise.all([
      text(build.stdout),
      text(build.stderr),
      once(build, 'exit'),
    ]);
    expect(code, out + err).toBe(0);
    expect(out + err).not.toMatch(/warn|\(!\)|not loaded|error/i);
    await mkdir(pictures, { recursive: true });
    server = serve(site).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    visitors = await Visitors.start();
  });

  afterAll(async () => {
    await visitors?.close();
    server?.close();
  });

  it('begins with the example of the README, which a test runs', async () => {
    const { example } = await examplesOf('docs/index.md', 'js', ['example']);
    expect(example).toBe((await examplesOf('README.md', 'js', ['example'])).example);
  });

  it('has no link or picture that leads nowhere, and no place that is not in its page', async () => {
    const files = (await sourceFiles(site)).filter((file) => file.endsWith('.html'));
    const pages = new Map(
      await Promise.all(
        files
          .map((file) => `/${relative(site, file)}`)
          .filter((path) => !path.startsWith(REFERENCE))
          .map(async (path) => [path, await readFile(join(site, path), 'utf8')] as const),
      ),
    );
    const dead: string[] = [];
    for (const [path, html] of pages) {
      for (const [, href = ''] of html.matchAll(/<(?:a|img)\b[^>]*\b(?:href|src)="([^"]*)"/g)) {
        const target = new URL(href, new URL(path, url));
        if (target.origin !== new URL(url).origin) continue;
        const file = decodeURI(target.pathname).replace(/\/$/, '/index.html');
        const place = decodeURIComponent(target.hash.slice(1));
        const found = pages.get(file);
        const missing = found === undefined || !(place === '' || found.includes(`id="${place}"`));
        if (missing && !file.startsWith(REFERENCE) && !(place === '' && existsSync(site + file))) {
          dead.push(`${path}: ${href}`);
        }
      }
    }
    expect(dead).toEqual([]);
    expect([...pages.keys()]).toContain('/repository/SECURITY.html');
    expect([...pages.keys()]).toContain('/repository/packages/store/src/engine.ts.html');
  });

  it('finds what readers search for among the first three, in their words as in those of the page', async () => {
    const search = await searchOf(site);
    const missed: string[] = [];
    for (const [section, phrases] of Object.entries(keywords)) {
      for (const phrase of phrases) {
        const found = search(phrase).slice(0, 3);
        if (!found.includes(section)) missed.push(`${phrase}: ${found}, and not ${section}`);
      }
    }
    expect(missed).toEqual([]);
    // One word too many does not leave the reader with nothing.
    const [first] = search('session lost after login xylophone');
    expect(first).toBe('/troubleshooting.html#my-session-is-lost-after-login');
  });

  describe.each(['light', 'dark'] as const)('in a browser, %s', (colorScheme) => {
    const seen = [
      ['start', '/'],
      ['guide', '/guide/store.html'],
      ['tutorial', '/tutorial/index.html'],
      ['benchmarks', '/benchmarks.html'],
      ['example', '/repository/docs/examples/store/cache.js.html'],
    ] as const;

    it.each(seen)('shows %s, in which axe finds nothing', async (name, path) => {
      const page = await visitors.visit(url + path, { colorScheme });
      await page.locator('main h1').waitFor();
      await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`) });
      expect(await violations(page)).toEqual([]);
      await page.context().close();
    });
  });

  it('on a phone needs no scrolling to the side, and finds what is searched', async () => {
    const page = await visitors.visit(url, { viewport: { width: 390, height: 844 } });
    await expectNoSideways(page);
    await page.screenshot({ path: join(pictures, 'phone.png') });
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('searchbox').fill('zero downtime');
    await page.getByRole('option').first().waitFor();
    await page.screenshot({ path: join(pictures, 'phone-search.png') });
    await page.getByRole('searchbox').press('Enter');
    await page.waitForURL(/\/supervision\/reloading\.html/);
    await page.locator('main h1').waitFor();
    await expectNoSideways(page);
    await page.context().close();
  });

  it('asks no other host for anything, and no script fails', () => {
    expect([...visitors.asked]).toEqual([new URL(url).host]);
    expect(visitors.problems).toEqual([]);
  });
});

async function expectNoSideways(page: Page) {
  const [content, window] = (await page.evaluate(
    '[document.documentElement.scrollWidth, innerWidth]',
  )) as [number, number];
  expect(content).toBeLessThanOrEqual(window);
}

/** The search as the browser has it: with the index and the MiniSearch of the build. It returns sections, best first. */
async function searchOf(folder: string): Promise<(phrase: string) => string[]> {
  const chunks = join(folder, 'assets/chunks');
  const name = (await readdir(chunks)).find((file) => file.startsWith('@localSearchIndexroot'));
  const { default: index } = await import(/* @vite-ignore */ join(chunks, String(name)));
  const vitepress = await realpath(join(docs, 'node_modules/vitepress/package.json'));
  const MiniSearch = createRequire(vitepress)('minisearch');
  const search = MiniSearch.loadJSON(index, { ...miniSearch.options, ...miniSearch });
  return (phrase) => search.search(phrase).map(({ id }: { id: string }) => id);
}

/** Only what a browser needs of a server of files. */
function serve(folder: string): Server {
  const types: Record<string, string> = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
  };
  return createServer(async (req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://localhost');
    const file = join(folder, decodeURI(pathname).replace(/\/$/, '/index.html'));
    const content = await readFile(file).catch(() => undefined);
    res.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    res.statusCode = content === undefined ? 404 : 200;
    res.end(content);
  });
}
