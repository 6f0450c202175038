// The console's page in a browser, over a simulated cluster: what it shows on good and bad days, on every screen, and to those
// who see it with a keyboard or a screen reader. What it looked like stays in .cache/console.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startFakeServer, TOKEN } from '../../packages/console/test/fake-server.js';
import { SimulatedCluster } from '../../packages/console/test/simulated-cluster.js';
import { type ConsoleCluster, startConsoleCluster } from '../support/console-cluster.js';
import { FOREIGN_NAME, picture, reads, Visitors, violations } from '../support/console-visitors.js';

const PHONE = { width: 390, height: 844 };

let visitors: Visitors;

beforeAll(async () => {
  visitors = await Visitors.start();
});

afterAll(() => visitors?.close());

describe('the page of the console, over a simulated cluster', () => {
  let server: Awaited<ReturnType<typeof startFakeServer>>;
  /** Of somebody at a desk. */
  let page: Page;

  beforeAll(async () => {
    server = await startFakeServer(new SimulatedCluster(4));
    page = await visitors.enter(`${server.url}#t=${TOKEN}`);
  });

  afterAll(() => server?.[Symbol.asyncDispose]());

  beforeEach(() => page.getByRole('link', { name: 'Overview' }).click());

  it('without a token says how to get one; a wrong one is refused, and too many are told when to try again', async () => {
    const stranger = await visitors.visit(server.url);
    await reads(stranger, 'code', /^muster console$/);
    const field = stranger.getByLabel('Link or token');
    const open = async (token: string) => {
      await field.fill(token);
      await field.press('Enter');
    };
    await open('wrong');
    await reads(stranger, '[role=alert]', /not valid/);
    await picture(stranger, 'wrong-token');
    expect(await violations(stranger)).toEqual([]);
    await open('wrong again');
    await open('wrong once more');
    await open('wrong for ever');
    await reads(stranger, '[role=alert]', /try any other again at \d\d:\d\d:\d\d, in \d+s/);
    await picture(stranger, 'too-many-tokens');

    server.become(new SimulatedCluster(4));
    await stranger.reload();
    await open(`http://127.0.0.1:1/console/#t=${TOKEN}`);
    await stranger.getByRole('rowheader', { name: 'Slot 0' }).waitFor();
    // The session is kept, and its token is not in the address.
    await stranger.reload();
    await stranger.getByRole('rowheader', { name: 'Slot 3' }).waitFor();
    expect(stranger.url()).not.toContain(TOKEN);
    await stranger.context().close();
  });

  it('shows every view, and axe-core finds nothing wrong', async () => {
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
  });

  it.each([
    { look: 'dark', options: { colorScheme: 'dark' } },
    { look: 'phone', options: { viewport: PHONE } },
  ] as const)(
    'is right on a $look screen, a slot with all of its details too',
    async ({ look, options }) => {
      const other = await visitors.enter(`${server.url}#t=${TOKEN}`, options);
      await reads(other, '.plot-values', /\d/);
      await picture(other, `overview-${look}`);
      expect(await violations(page)).toEqual([]);
      const overlap = await other.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overlap).toBeLessThanOrEqual(0);
      await other.getByRole('button', { name: 'Slot 2: details' }).click();
      await reads(other, 'dialog', /checkout.js/);
      await picture(other, `slot-${look}`);
      expect(await violations(page)).toEqual([]);
      // The other colours, which a next visit finds.
      await other.keyboard.press('Escape');
      const shown = () => other.evaluate(() => document.documentElement.dataset.theme);
      const before = await shown();
      await other.getByRole('button', { name: 'Dark colours' }).click();
      await other.reload();
      expect([before, await shown()].sort()).toEqual(['dark', 'light']);
      await other.context().close();
    },
  );

  it('shows what a worker wrote as text, with its control characters', async () => {
    const crash = page.locator('.side .event', { hasText: 'crashed' });
    expect(await crash.locator('.event-text').textContent()).toBe(
      'worker 2 crashed: <img src=x onerror="document.title=\'broken\'">red\\u202e\\x07',
    );
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('shop · Muster');
  });

  it('is worked by the keyboard alone', async () => {
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

    // On a busy machine a key may come before the page has drawn what it is for.
    await vi.waitFor(async () => {
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor({ timeout: 5_000 });
    });
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
  });

  it('restarts, profiles and retries, each for what it was asked', async () => {
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
    await page.getByRole('dialog', { name: 'Slot 1', exact: true }).getByLabel('Close').click();
    await page.getByRole('link', { name: 'Store and queues' }).click();
    await page.getByRole('button', { name: '2 failed jobs of mail' }).click();
    await page.getByRole('button', { name: 'Retry job welcome-7' }).click();
    await reads(page, '.notices', /Job welcome-7 is tried again/);
    await page.keyboard.press('Escape');
    expect(server.actions.slice(-3)).toEqual([
      { name: 'restart', body: { slot: 1 } },
      { name: 'profile', body: { slot: 1, forMs: 10_000 } },
      { name: 'retry', body: { queue: 'mail', id: 'welcome-7' } },
    ]);
  });

  it('says when the stream breaks, and goes on with the next one; what is read-only says so', async () => {
    await reads(page, '.connection', /live/);
    const reload = page.getByRole('button', { name: 'Reload' });
    expect(await reload.getAttribute('aria-disabled')).toBe('false');
    server.leave();
    await reads(page, '.connection', /reconnecting|lost/);
    await reads(page, '.page-head', /unknown.*at [\d: -]+: running.*of \d+ ready/s);
    expect(await page.locator('.page-head').textContent()).not.toContain('up ');
    expect(await reload.getAttribute('title')).toBe('There is no connection to the cluster.');
    await page.getByRole('button', { name: 'Try now' }).click();
    server.become(new SimulatedCluster(4, { readOnly: true, calm: true }));
    await reads(page, '.connection', /live/);
    await reads(page, '.tag', /read-only/);
    await reads(page, '.page-head', /running.*of \d+ ready.*up /s);
    expect(await reload.getAttribute('title')).toBe('This console is read-only.');
    await reload.click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('has room for 64 workers', async () => {
    server.become(new SimulatedCluster(64));
    await page.getByRole('rowheader', { name: 'Slot 63' }).waitFor();
    await picture(page, 'many-workers');
    const before = await page.locator('.plot-values').first().textContent();
    await page.waitForFunction(
      (text) => document.querySelector('.plot-values')?.textContent !== text,
      before,
    );
    await page.getByLabel('Sorted by').selectOption('CPU');
    expect(await page.locator('.slots tbody tr').count()).toBe(64);
  });

  it('says why where a view fails, and loads again', async () => {
    server.tell('status', { workers: 'none' });
    await reads(page, 'h1', /This page has failed/);
    await page.getByRole('button', { name: 'Load it again' }).click();
    await page.getByRole('rowheader', { name: 'Slot 0' }).waitFor();
  });

  it('asked nobody but its server, and broke no rule of its policy', () => {
    expect([...visitors.asked]).toEqual([new URL(server.url).host]);
    expect(visitors.problems).toEqual([]);
  });
});

describe('the page of the console, over a real cluster', () => {
  let cluster: ConsoleCluster;
  let page: Page;

  beforeAll(async () => {
    cluster = await startConsoleCluster();
    page = await visitors.enter(cluster.link);
  });

  afterAll(() => cluster?.[Symbol.asyncDispose]());

  /** The row of a slot, once it reads like that. */
  const row = (slot: number, text: RegExp) =>
    page.locator(`.slots tbody tr:nth-child(${slot + 1})`, { hasText: text }).waitFor();

  it('shows a worker that is killed, and the one that comes in its place', async () => {
    await row(1, /ready1/);
    const { pid, slot } = (await (await fetch(`${cluster.app}/who`)).json()) as {
      pid: number;
      slot: number;
    };
    process.kill(pid, 'SIGKILL');
    await row(slot, /ready2.*killed by SIGKILL/);
    await reads(page, '.side .event-type', /worker\.exit/);
    await page.getByRole('button', { name: `Slot ${slot}: details` }).click();
    await reads(page, 'dialog .exits', /killed by SIGKILL/);
    await reads(page, 'dialog .mono', /unwell\.js/);
    await page.keyboard.press('Escape');
    await picture(page, 'crash');
  });

  it('reloads, and shows the canary and how it goes on', async () => {
    await page.getByRole('button', { name: 'Reload' }).click();
    const dialog = page.getByRole('dialog', { name: 'Reload the workers?' });
    await dialog.getByText('Reload', { exact: true }).click();
    for (const type of ['reload.start', 'reload.canary', 'reload.progress', 'reload.done']) {
      await reads(page, '.side .event-type', new RegExp(`^${type}$`));
    }
    await reads(page, '.notices', /Reload: done/);
    await Promise.all([0, 1].map((slot) => row(slot, /ready[23]/)));
    await picture(page, 'reload');
  });

  it('scales, profiles, and shows logs and the store', async () => {
    await page.getByRole('button', { name: 'Scale' }).click();
    await page.getByLabel('Workers').fill('3');
    await page.keyboard.press('Enter');
    await row(2, /ready1/);
    await page.getByRole('button', { name: 'Slot 2: details' }).click();
    await page.getByRole('button', { name: 'Profile' }).click();
    await page.getByLabel('Seconds').fill('1');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.keyboard.press('Enter'),
    ]);
    expect(download.suggestedFilename()).toMatch(/^slot-2-.*\.cpuprofile$/);
    const profile = JSON.parse(await readFile(await download.path(), 'utf8'));
    expect(profile.nodes.length).toBeGreaterThan(0);
    await page.getByRole('dialog', { name: 'Slot 2', exact: true }).getByLabel('Close').click();
    await page.getByRole('link', { name: 'Logs' }).click();
    await reads(page, '.line-text', /^asked \d for \/who$/);
    await fetch(`${cluster.app}/store`);
    await reads(page, '.line-text', /^asked \d for \/store$/);
    await page.getByRole('link', { name: 'Store and queues' }).click();
    await reads(page, 'main h2', /Store \(embedded\)/);
    await picture(page, 'real-store');
  });

  it('lets nobody in with a wrong token, or by a foreign name', async () => {
    const guess = await visitors.visit(`${cluster.address}/console/#t=guess`);
    await reads(guess, '[role=alert]', /not valid/);
    await guess.context().close();
    const { port } = new URL(cluster.address);
    const foreign = await visitors.visit(`http://${FOREIGN_NAME}:${port}/console/`);
    expect(await foreign.locator('#page').count()).toBe(0);
    const answer = await foreign.goto(`http://${FOREIGN_NAME}:${port}/console/api/store`);
    expect(answer?.status()).toBe(421);
    await foreign.context().close();
  });

  it('says when the cluster has ended', async () => {
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('dialog').getByText('Stop the cluster', { exact: true }).click();
    await reads(page, '.banner', /The cluster has ended/);
    await picture(page, 'ended');
    expect(await cluster.program.exited).toEqual({ code: 0, signal: null });
    expect(visitors.problems).toEqual([]);
  });
});
