import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.js';
import { Demo } from '../support/demo.js';

describe('the page of the demo', () => {
  let folder: string;
  let demo: Demo;
  let browser: Browser;
  const asked: string[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-browser-'));
    demo = new Demo(folder, { WORKERS: '3' });
    [browser] = await Promise.all([launchChromium(), demo.start()]);
  });

  afterAll(async () => {
    await browser?.close();
    await demo[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** A visitor with cookies of their own. */
  async function visit(): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    page.on('request', (request) => asked.push(new URL(request.url()).host));
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(`http://127.0.0.1:${demo.port}/`);
    await page.locator('#link.live').waitFor();
    // Opening the page is a visit, too.
    await page.locator('#visits', { hasText: /\d/ }).waitFor();
    return page;
  }

  const visits = (page: Page) => page.locator('#visits');

  it('shares a counter and a chat line between two visitors', async () => {
    const [one, other] = [await visit(), await visit()];
    await one.getByRole('button', { name: 'Visit', exact: true }).click();
    for (const page of [one, other]) {
      await page.waitForFunction(() => document.querySelector('#visits')?.textContent === '3');
    }

    await one.getByRole('button', { name: '100 at once' }).click();
    for (const page of [one, other]) {
      await page.waitForFunction(() => document.querySelector('#visits')?.textContent === '103');
    }

    await one.getByLabel('Your name').fill('Ada');
    await one.getByRole('button', { name: 'Log in' }).click();
    await one.locator('#me-name', { hasText: 'Ada' }).waitFor();
    await one.getByLabel('What to say').fill('Hello <b>there</b>');
    await one.getByRole('button', { name: 'Say' }).click();
    for (const page of [one, other]) {
      const line = page.locator('#lines li', { hasText: 'Hello <b>there</b>' });
      await line.waitFor();
      expect(await line.textContent()).toMatch(/^Ada Hello <b>there<\/b> \(worker \d\)$/);
      expect(await line.count()).toBe(1);
    }
  });

  it('shows a worker that crashes being replaced, session and counter intact', async () => {
    const page = await visit();
    await page.getByLabel('Your name').fill('Grace');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.locator('#me-name', { hasText: 'Grace' }).waitFor();
    const before = Number(await visits(page).textContent());

    const row = page.locator('#workers tr').nth(1);
    expect(await row.locator('td').nth(2).textContent()).toBe('1');
    await page.getByRole('button', { name: 'Crash worker 1' }).click();
    await row.locator('td:nth-child(3)', { hasText: '2' }).waitFor();
    expect(await page.locator('#workers tr').count()).toBe(3);

    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.locator('#me-requests', { hasText: '2' }).waitFor();
    expect(await page.locator('#me-name').textContent()).toBe('Grace');
    await page.getByRole('button', { name: 'Visit', exact: true }).click();
    await page.waitForFunction(
      (count) => document.querySelector('#visits')?.textContent === String(count),
      before + 1,
    );
  });

  it('asked nobody but this host, and no script failed', () => {
    expect(new Set(asked)).toEqual(new Set([`127.0.0.1:${demo.port}`]));
    expect(problems).toEqual([]);
  });
});
