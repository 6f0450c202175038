// The console's page in a browser, over a simulated cluster: what it shows on good and bad days, on every screen, and to those
// who see it with a keyboard or a screen reader. What it looked like stays in .cache/console.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeServer, TOKEN } from '../../packages/console/test/fake-server.js';
import { SimulatedCluster } from '../../packages/console/test/simulated-cluster.js';
import { launchChromium } from '../support/chromium.js';

const PICTURES = new URL('../../.cache/console/', import.meta.url).pathname;
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

describe('the page of the console', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof startFakeServer>>;
  const asked = new Set<string>();
  const problems: string[] = [];

  beforeAll(async () => {
    await mkdir(PICTURES, { recursive: true });
    [browser, server] = await Promise.all([
      launchChromium(),
      startFakeServer(new SimulatedCluster(4)),
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  /** A browser of its own for somebody who comes with this link. */
  async function visit(fragment: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await browser.newContext({ viewport: DESKTOP, ...options })).newPage();
    page.on('request', (request) => asked.add(new URL(request.url()).host));
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      // Chromium tells of tokens that are refused, and of streams that are cut.
      if (message.type() === 'error' && !/status of 4|CHUNKED_ENCODING/.test(message.text())) {
        problems.push(message.text());
      }
    });
    await page.goto(server.url + fragment);
    return page;
  }

  async function signedIn(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await visit(`#t=${TOKEN}`, options);
    await page.getByRole('rowheader', { name: 'Slot 0' }).waitFor();
    return page;
  }

  const picture = (page: Page, name: string) =>
    page.screenshot({ path: join(PICTURES, `${name}.png`) });

  /** What axe-core finds wrong. */
  async function violations(page: Page): Promise<string[]> {
    // Not as a script of the page, which its policy forbids.
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  }

  const reads = (page: Page, selector: string, text: RegExp) =>
    page.locator(selector, { hasText: text }).first().waitFor();

  it('without a token says how to get one; a wrong one is refused, and too many are told when to try again', async () => {
    const page = await visit('');
    await reads(page, 'code', /^muster console$/);
    const field = page.getByLabel('Link or token');
    const open = async (token: string) => {
      await field.fill(token);
      await field.press('Enter');
    };
    await open('wrong');
    await reads(page, '[role=alert]', /not valid/);
    await picture(page, 'wrong-token');
    expect(await violations(page)).toEqual([]);
    await open('wrong again');
    await open('wrong once more');
    await open('wrong for ever');
    await reads(page, '[role=alert]', /try any other again at \d\d:\d\d:\d\d, in \d+s/);
    await picture(page, 'too-many-tokens');

    server.become(new SimulatedCluster(4));
    await page.reload();
    await open(`http://127.0.0.1:1/console/#t=${TOKEN}`);
    await page.getByRole('rowheader', { name: 'Slot 0' }).waitFor();
    // The session is kept, and its token is not in the address.
    await page.reload();
    await page.getByRole('rowheader', { name: 'Slot 3' }).waitFor();
    expect(page.url()).not.toContain(TOKEN);
    await page.context().close();
  });

  it('shows every view, and axe-core finds nothing wrong', async () => {
    const page = await signedIn();
    await reads(page, '.plot-values', /\d/);
    await reads(page, 'main', /Degraded slot 2/);
    await picture(page, 'overview-light');
    expect(await violations(page)).toEqual([]);
    for (const [view, sign] of [
      ['Events', /worker.hung/],
      ['Store and queues', /order:42/],
      ['Logs', /GET \/orders/],
      ['Machines', /shop-2/],
    ] as const) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await reads(page, 'main', sign);
      await picture(page, `${view.split(' ')[0]?.toLowerCase()}-light`);
      expect(await violations(page), view).toEqual([]);
    }
    await page.context().close();
  });

  it.each([
    { look: 'dark', options: { colorScheme: 'dark' } },
    { look: 'phone', options: { viewport: PHONE, deviceScaleFactor: 2 } },
  ] as const)(
    'is right on a $look screen, a slot with all of its details too',
    async ({ look, options }) => {
      const page = await signedIn(options);
      await reads(page, '.plot-values', /\d/);
      await picture(page, `overview-${look}`);
      expect(await violations(page)).toEqual([]);
      const overlap = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overlap).toBeLessThanOrEqual(0);
      await page.getByRole('button', { name: 'Slot 2: details' }).click();
      await reads(page, 'dialog', /checkout.js/);
      await picture(page, `slot-${look}`);
      expect(await violations(page)).toEqual([]);
      // The other colours, which a next visit finds.
      await page.keyboard.press('Escape');
      const shown = () => page.evaluate(() => document.documentElement.dataset.theme);
      const before = await shown();
      await page.getByRole('button', { name: 'Dark colours' }).click();
      await page.reload();
      expect([before, await shown()].sort()).toEqual(['dark', 'light']);
      await page.context().close();
    },
  );

  it('shows what a worker wrote as text, with its control characters', async () => {
    const page = await signedIn();
    const crash = page.locator('.side .event', { hasText: 'crashed' });
    expect(await crash.locator('.event-text').textContent()).toBe(
      'worker 2 crashed: <img src=x onerror="document.title=\'broken\'">red\\u202e\\x07',
    );
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('shop · Muster');
    await page.context().close();
  });

  it('is worked by the keyboard alone', async () => {
    const page = await signedIn();
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    const tabTo = async (text: string) => {
      for (let count = 0; count < 40 && (await focused()) !== text; count++) {
        await page.keyboard.press('Tab');
      }
      expect(await focused()).toBe(text);
    };
    await tabTo('Reload');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Reload the workers?' }).waitFor();
    await picture(page, 'reload-dialog');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('Reload');

    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo('Reload');
    // The one in the dialog: the page behind it cannot be reached.
    expect(await page.evaluate(() => document.activeElement?.closest('dialog') !== null)).toBe(
      true,
    );
    await page.keyboard.press('Enter');
    await reads(page, '.notices', /Reload: done/);
    expect(server.actions).toContainEqual({ name: 'reload', body: {} });

    await tabTo('Scale');
    await page.keyboard.press('Enter');
    await page.getByLabel('Workers').fill('6');
    await reads(page, 'dialog', /2 workers will be started/);
    await page.keyboard.press('Enter');
    await reads(page, '.notices', /Scale to 6 workers: done/);
    expect(server.actions).toContainEqual({ name: 'scale', body: { workers: 6 } });
    await page.context().close();
  });

  it('restarts, profiles and retries, each for what it was asked', async () => {
    const page = await signedIn();
    await page.getByRole('button', { name: 'Slot 1: details' }).click();
    await page.getByRole('button', { name: 'Restart' }).click();
    await page
      .getByRole('dialog', { name: 'Restart slot 1?' })
      .getByText('Restart', { exact: true })
      .click();
    await reads(page, '.notices', /Restart of slot 1: done/);
    await page.getByRole('button', { name: 'Profile' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page
        .getByRole('dialog', { name: 'Profile slot 1' })
        .getByText('Profile', { exact: true })
        .click(),
    ]);
    expect(download.suggestedFilename()).toBe('slot-1.cpuprofile');
    await page.getByRole('dialog', { name: 'Slot 1' }).getByLabel('Close').click();
    await page.getByRole('link', { name: 'Store and queues' }).click();
    await page.getByRole('button', { name: '2 failed jobs of mail' }).click();
    await page.getByRole('button', { name: 'Retry job welcome-7' }).click();
    await reads(page, '.notices', /Job welcome-7 is tried again/);
    expect(server.actions.slice(-3)).toEqual([
      { name: 'restart', body: { slot: 1 } },
      { name: 'profile', body: { slot: 1, forMs: 10_000 } },
      { name: 'retry', body: { queue: 'mail', id: 'welcome-7' } },
    ]);
    await page.context().close();
  });

  it('says when the stream breaks, and goes on with the next one; what is read-only says so', async () => {
    const page = await signedIn();
    await reads(page, '.connection', /live/);
    const reload = page.getByRole('button', { name: 'Reload' });
    expect(await reload.getAttribute('aria-disabled')).toBe('false');
    server.become(new SimulatedCluster(4, { readOnly: true, calm: true }));
    await reads(page, '.connection', /reconnecting/);
    await page.getByRole('button', { name: 'Try now' }).click();
    await reads(page, '.connection', /live/);
    await reads(page, '.tag', /read-only/);
    expect(await reload.getAttribute('title')).toBe('This console is read-only.');
    await reload.click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.context().close();
  });

  it('has room for 64 workers', async () => {
    server.become(new SimulatedCluster(64));
    const page = await signedIn();
    await page.getByRole('rowheader', { name: 'Slot 63' }).waitFor();
    await picture(page, 'many-workers');
    const before = await page.locator('.plot-values').first().textContent();
    await page.waitForFunction(
      (text) => document.querySelector('.plot-values')?.textContent !== text,
      before,
    );
    await page.getByLabel('Sorted by').selectOption('CPU');
    expect(await page.locator('.slots tbody tr').count()).toBe(64);
    await page.context().close();
  });

  it('asked nobody but its server, and broke no rule of its policy', () => {
    expect([...asked]).toEqual([new URL(server.url).host]);
    expect(problems).toEqual([]);
  });
});
