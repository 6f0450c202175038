// People who look at the console, each with a browser context of their own; and what their browser complained about.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from './chromium.js';
import { PATIENCE_MS } from './patience.js';

/** What the pages looked like, to be looked at. */
const PICTURES = new URL('../../.cache/console/', import.meta.url).pathname;
const DESKTOP = { width: 1440, height: 900 };
/** Tells what is wrong and nothing else: to tell what is right takes longer than to find it. */
const AXE_RUN = `axe
  .run(document, { resultTypes: ['violations'], preload: false, iframes: false })
  .then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' | ')))`;
/** A name that leads to this machine, as an attacker makes theirs do. */
export const FOREIGN_NAME = 'evil.example';
/** Of answers that refuse, and of streams that a test cut: Chromium tells of them. */
const EXPECTED =
  /status of 4|ERR_(INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|CONNECTION_REFUSED|CONNECTION_RESET)/;

export class Visitors {
  /** The hosts that pages asked for anything. */
  readonly asked = new Set<string>();
  /** Errors of scripts, and what a page's policy refused. */
  readonly problems: string[] = [];
  /** All errors in the console of the browser, also the expected ones. */
  readonly told: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<Visitors> {
    await mkdir(PICTURES, { recursive: true });
    const rules = `--host-resolver-rules=MAP ${FOREIGN_NAME} 127.0.0.1`;
    return new Visitors(await launchChromium([rules]));
  }

  async visit(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: DESKTOP, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('request', (request) => this.asked.add(new URL(request.url()).host));
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      this.told.push(message.text());
      if (!EXPECTED.test(message.text())) this.problems.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  /** Visits by a link with a token, until the slots are there. */
  async enter(link: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.visit(link, options);
    await page.getByRole('rowheader', { name: 'Slot 0' }).waitFor();
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

export function picture(page: Page, name: string): Promise<Buffer> {
  return page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** What axe-core finds wrong with a page, one line each. */
export async function violations(page: Page): Promise<string[]> {
  // Not as a script of the page, which its policy forbids.
  await page.evaluate(axe.source);
  return (await page.evaluate(AXE_RUN)) as string[];
}

/** Settles when an element of these reads like that. */
export function reads(page: Page, selector: string, text: RegExp): Promise<void> {
  return page.locator(selector, { hasText: text }).first().waitFor();
}
