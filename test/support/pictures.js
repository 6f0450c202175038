// Draws the pictures of the README into docs/pictures: the demo in a browser, and `muster top` beside it. `pnpm docs:pictures`.
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './chromium.js';
import { Demo } from './demo.js';
import { drawScreen } from './terminal/picture.js';
import { openTerminal } from './terminal/terminal.js';

const ROOT = new URL('../../', import.meta.url);
const FOLDER = fileURLToPath(new URL('docs/pictures/', ROOT));
const MUSTER = fileURLToPath(new URL('packages/core/lib/command/main.js', ROOT));
/** A machine that draws pictures may have no font for people: system-ui is this one there. */
const FONT = new URL(
  import.meta.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'),
);
/** Of each picture: a README loads them all. */
const MOST_BYTES = 150 * 1024;

await mkdir(FOLDER, { recursive: true });
const temporary = await mkdtemp(join(tmpdir(), 'muster-pictures-'));
// The name of the cluster comes from its folder.
const cwd = join(temporary, 'demo');
await mkdir(cwd);
const env = { MUSTER_RUNTIME_DIR: temporary };
const demo = new Demo(cwd, { ...env, WORKERS: '4' });
const browser = await launchChromium();
try {
  await demo.start();
  const desktop = await visit({ viewport: { width: 1280, height: 900 } });
  await desktop.getByRole('button', { name: '100 at once' }).click();
  await showKill(desktop, 1);
  await desktop.getByLabel('What to say').fill('Who killed worker 1?');
  await desktop.getByRole('button', { name: 'Say' }).click();
  await desktop.locator('#journal .chat').waitFor();
  await picture(desktop, 'demo');
  await drawTop(desktop);
  await desktop.emulateMedia({ colorScheme: 'dark' });
  await showKill(desktop, 2);
  await picture(desktop, 'demo-dark');
  const phone = await visit({ viewport: { width: 375, height: 812 }, deviceScaleFactor: 2 });
  await showKill(phone, 3);
  await picture(phone, 'demo-phone');
} finally {
  await browser.close();
  await demo[Symbol.asyncDispose]();
  await rm(temporary, { recursive: true, force: true });
}

/** @param {import('playwright-core').BrowserContextOptions} options */
async function visit(options) {
  const page = await browser.newPage({ ...options, bypassCSP: true });
  await page.goto(`http://127.0.0.1:${demo.port}/`);
  const font = (await readFile(FONT)).toString('base64');
  await page.addStyleTag({
    content: `@font-face { font-family: Inter; font-weight: 100 900; src: url(data:font/woff2;base64,${font}) }
      body, button, input { font-family: Inter }`,
  });
  await page.locator('#link.live').waitFor();
  return page;
}

/**
 * Under fire, until some hundred answers after the worker is back.
 *
 * @param {import('playwright-core').Page} page
 * @param {number} slot
 */
async function showKill(page, slot) {
  const fire = page.getByRole('switch', { name: 'Fire' });
  if ((await fire.getAttribute('aria-checked')) === 'false') await fire.click();
  await answers(page, 300);
  const lane = page.locator(`.lane[data-slot="${slot}"]`);
  await lane.getByRole('button').click();
  await lane.getByText(/^back after/).waitFor();
  await answers(page, 300);
  await page.mouse.move(0, 0);
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
}

/** @param {import('playwright-core').Page} page @param {number} more */
async function answers(page, more) {
  const counted = async () =>
    Number((await page.locator('#answered').textContent())?.replace(',', ''));
  const until = (await counted()) + more;
  while ((await counted()) < until) await page.waitForTimeout(100);
}

/** The head of the page, to the end of its first row. @param {import('playwright-core').Page} page @param {string} name */
async function picture(page, name) {
  const path = join(FOLDER, `${name}.png`);
  await page.evaluate(() => scrollTo(0, 0));
  const { y = 0, height = 0 } = (await page.locator('.stage').boundingBox()) ?? {};
  const { width = 0 } = page.viewportSize() ?? {};
  await page.screenshot({ path, clip: { x: 0, y: 0, width, height: y + height + 24 } });
  await checkSize(path);
}

/** @param {import('playwright-core').Page} page its fire goes on */
async function drawTop(page) {
  const path = join(FOLDER, 'top.png');
  const terminal = await openTerminal({ cwd, env, columns: 104, rows: 12 });
  try {
    await terminal.enter(`clear; ${process.execPath} ${MUSTER} top`);
    await terminal.shows(/req\/s [1-9]/);
    await answers(page, 600);
    await drawScreen(browser, await terminal.coloured(), path);
  } finally {
    await terminal[Symbol.asyncDispose]();
  }
  await checkSize(path);
}

/** @param {string} path */
async function checkSize(path) {
  const { size } = await stat(path);
  console.log(`${path}: ${Math.round(size / 1024)} KiB`);
  if (size > MOST_BYTES) throw new Error(`${path} has more than ${MOST_BYTES} bytes`);
}
