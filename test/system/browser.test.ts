// The page of the demo in a browser: one cluster and one browser for all of it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FOREIGN_NAME, reads, Visitors, violations } from '../support/console-visitors.js';
import { Demo } from '../support/demo.js';
import { createClient, openEventStream } from '../support/http-client.js';
import { runProgram } from '../support/program.js';

const FOLDER = new URL('../../docs/examples/demo/', import.meta.url);
const WORKERS = 3;
const PHONE = { width: 375, height: 812 };

describe('the page of the demo', () => {
  let folder: string;
  let demo: Demo;
  let visitors: Visitors;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-browser-'));
    demo = new Demo(folder, { WORKERS: String(WORKERS) });
    [visitors] = await Promise.all([Visitors.start(), demo.start()]);
  });

  afterAll(async () => {
    await visitors?.close();
    await demo[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** A visitor with cookies of their own. */
  async function visit(options?: BrowserContextOptions): Promise<Page> {
    const page = await visitors.visit(`http://127.0.0.1:${demo.port}/`, options);
    await page.locator('#link.live').waitFor();
    await page
      .locator('.lane')
      .nth(WORKERS - 1)
      .waitFor();
    // Opening the page is a visit, too.
    await reads(page, '#result', /Worker \d answered/);
    return page;
  }

  const lane = (page: Page, slot: number) => page.locator(`.lane[data-slot="${slot}"]`);
  const press = (page: Page, name: string) =>
    page.getByRole('button', { name, exact: true }).click();
  const numberIn = async (page: Page, selector: string) =>
    Number((await page.locator(selector).textContent())?.replaceAll(',', ''));
  const visits = (page: Page) => numberIn(page, '#visits');
  const totals = (page: Page) =>
    page.locator('.lane .total').evaluateAll((all) => all.map((one) => Number(one.textContent)));

  async function logIn(page: Page, name: string) {
    await page.getByLabel('Your name').fill(name);
    await press(page, 'Log in');
    await reads(page, '#me-name', new RegExp(name));
  }

  it('spreads 100 requests of one click over all workers, and counts each once', async () => {
    const page = await visit();
    // Nothing in the console of the browser is red for somebody who has just come.
    expect(visitors.told).toEqual([]);
    const [before, totalsBefore] = [await visits(page), await totals(page)];
    await press(page, '100 at once');
    await reads(page, '#result', /^100 answered in .* 0 lost, and no number was counted twice/);
    expect(await visits(page)).toBe(before + 100);
    const answered = (await totals(page)).map((total, slot) => total - (totalsBefore[slot] ?? 0));
    expect(answered.filter((count) => count > 0)).toHaveLength(WORKERS);
    expect(answered.reduce((a, b) => a + b)).toBe(100);
    const widths = await page
      .locator('.lane .share')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().width));
    expect(widths.filter((width) => width > 0)).toHaveLength(WORKERS);
  });

  it('shares a counter and a chat line between two visitors', async () => {
    const [one, other] = [await visit(), await visit()];
    const before = await visits(other);
    await press(one, '1 visit');
    for (const page of [one, other]) {
      await vi.waitFor(async () => expect(await visits(page)).toBe(before + 1));
    }
    await logIn(one, 'Ada');
    await one.getByLabel('What to say').fill('Hello <b>there</b>');
    await press(one, 'Say');
    for (const page of [one, other]) {
      const line = page.locator('#lines li', { hasText: 'Hello <b>there</b>' });
      await line.waitFor();
      expect(await line.textContent()).toMatch(/^Ada Hello <b>there<\/b> worker \d$/);
      expect(await line.count()).toBe(1);
      await reads(page, '#journal li', /Ada: “Hello <b>there<\/b>” by worker \d/);
    }
  });

  it('shows how a killed worker comes back, with session, counter and focus intact', async () => {
    const page = await visit();
    await logIn(page, 'Grace');
    const before = await visits(page);
    const { pid } = await demo.worker(1);
    const bar = lane(page, 1).getByRole('button', { name: 'Kill worker 1' });
    await bar.focus();
    const restarting = lane(page, 1)
      .getByText(/restarting…/)
      .waitFor();
    await page.keyboard.press('Enter');
    await restarting;
    await lane(page, 1)
      .getByText(/^back after \d+\.\d+ s$/)
      .waitFor();
    await reads(page, '#journal li.down', new RegExp(`worker 1 \\(pid ${pid}\\) died: SIGKILL`));
    await reads(page, '#journal li.ready', /worker 1 is back after \d+\.\d s/);
    expect(await bar.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.locator('.lane').count()).toBe(WORKERS);

    expect(await page.locator('#me-answer').textContent()).toMatch(/^Asked 1 time in/);
    await press(page, 'Ask again');
    await reads(page, '#me-answer', /^Asked 2 times in/);
    expect(await page.locator('#me-name').textContent()).toBe('Grace');
    await press(page, '1 visit');
    await vi.waitFor(async () => expect(await visits(page)).toBe(before + 1));
  });

  it('loses no request of a fire over a reload', async () => {
    const page = await visit();
    const before = await demo.workers();
    const fire = page.getByRole('switch', { name: 'Fire' });
    await fire.click();
    await vi.waitFor(async () => expect(await numberIn(page, '#answered')).toBeGreaterThan(20));
    await press(page, 'Reload');
    for (const { slot, generation } of before) {
      await lane(page, slot)
        .getByText(`generation ${generation + 1}`)
        .first()
        .waitFor();
    }
    await reads(page, '#journal li.reload', new RegExp(`${WORKERS} replaced`));
    await page.getByRole('button', { name: 'Reload', exact: true }).waitFor();
    await fire.click();
    await reads(page, '#result', /answered in .* s, 0 lost, and no number was counted twice/);
    expect(await numberIn(page, '#lost')).toBe(0);
  });

  it('shows the lines of its files', async () => {
    const page = await visit();
    await page.locator('figure[data-code="chat"] pre').waitFor();
    for (const figure of await page.locator('figure[data-code]').all()) {
      const caption = (await figure.locator('figcaption').textContent()) ?? '';
      const [, file = '', first, last] = caption.match(/^(\S+) lines (\d+) to (\d+)$/) ?? [];
      const lines = (await readFile(new URL(file, FOLDER), 'utf8')).split('\n');
      const text = lines.slice(Number(first) - 1, Number(last)).join('\n');
      expect(await figure.locator('pre').textContent()).toBe(text);
    }
  });

  it('is free of what axe finds, in light and dark', async () => {
    const page = await visit();
    await press(page, '100 at once');
    await reads(page, '#result', /^100 answered/);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations(page), colorScheme).toEqual([]);
    }
  });

  it('fits on a phone, and moves nothing for those who want that', async () => {
    const page = await visit({ viewport: PHONE, reducedMotion: 'reduce' });
    await page.locator('figure[data-code="chat"] pre').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    for (const button of await page.getByRole('button').or(page.getByRole('switch')).all()) {
      const { x = -1, width = 0 } = (await button.boundingBox()) ?? {};
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(PHONE.width);
    }
    const share = page.locator('.lane .share').first();
    expect(await share.evaluate((one) => getComputedStyle(one).transitionDuration)).toBe('0s');
    expect(await violations(page)).toEqual([]);
  });

  it('asked nobody but this host, and no script failed', async () => {
    await visit();
    expect(visitors.asked).toEqual(new Set([`127.0.0.1:${demo.port}`]));
    expect(visitors.problems).toEqual([]);
  });

  describe('keeps other pages out:', () => {
    const KILL = { 'content-type': 'application/json' };

    /** A POST that would kill worker 0. */
    function kill(headers: IncomingHttpHeaders): Promise<number | undefined> {
      return new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port: demo.port, path: '/api/kill', method: 'POST' };
        request({ ...options, headers }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode));
        })
          .once('error', reject)
          .end('{"slot":0}');
      });
    }

    it.each([
      ['a foreign host name', 421, { ...KILL, host: FOREIGN_NAME }],
      ['a host that is none', 421, { ...KILL, host: '[' }],
      ['another origin', 403, { ...KILL, origin: `http://${FOREIGN_NAME}` }],
      ['an origin that is none', 403, { ...KILL, origin: 'null' }],
      ['a form', 415, { 'content-type': 'text/plain' }],
      ['no content type', 415, {}],
    ])('%s is refused with %i', async (_, status, headers) => {
      const { pid } = await demo.worker(0);
      expect(await kill(headers)).toBe(status);
      expect(await demo.worker(0)).toMatchObject({ pid });
    });

    it('a name that was made to lead here shows nothing', async () => {
      const response = await createClient(demo.port).get('/api/workers');
      expect(response.status).toBe(200);
      const page = await visitors.visit('about:blank');
      const refused = await page.goto(`http://${FOREIGN_NAME}:${demo.port}/`);
      expect(refused?.status()).toBe(421);
      visitors.asked.delete(`${FOREIGN_NAME}:${demo.port}`);
    });
  });

  it('opens no more streams than it says', async () => {
    const most = 100 * WORKERS;
    const open = () => openEventStream(demo.port, '/api/events');
    const streams = await Promise.all(Array.from({ length: most + 1 }, open));
    try {
      const types = streams.map(({ headers }) => headers.get('content-type'));
      expect(types.filter((type) => type?.includes('json')).length).toBeGreaterThan(0);
    } finally {
      for (const stream of streams) stream.close();
    }
  });

  it('says in one sentence that its port is taken', async () => {
    const env = { PORT: String(demo.port) };
    await using second = runProgram(new URL('server.js', FOLDER), { cwd: folder, env });
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.output()).toBe(
      `Port ${demo.port} is taken by another program: set PORT to another one.\n`,
    );
  });
});
