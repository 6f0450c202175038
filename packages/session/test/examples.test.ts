// The examples of the guide and the README, run as they are printed there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { Browser } from './support/browser.js';
import { emptyStore } from './support/stores.js';

const packageFolder = join(import.meta.dirname, '..');

/** Starts the first example of a page, and gives the address that it prints. */
async function startExample(page: string, storeUrl: string | undefined): Promise<string> {
  const text = await readFile(join(packageFolder, page), 'utf8');
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(text) ?? [];
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    // Where the example's imports are found, the package itself included.
    cwd: packageFolder,
    env: { ...process.env, PORT: '0', MUSTER_STORE_URL: storeUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill();
    await exited;
  });
  const [url] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([exitCode]) => Promise.reject(new Error(`the example exited with ${exitCode}`))),
  ]);
  return url;
}

test.each(['../../docs/guide/sessions.md', 'README.md'])('the example of %s', async (page) => {
  const { url } = await emptyStore('embedded');
  const [one, two] = await Promise.all([startExample(page, url), startExample(page, url)]);
  const browser = new Browser();
  for (const [n, address] of [one, two, two, one].entries()) {
    const { body } = await browser.get(address);
    expect(body.text).toMatch(new RegExp(`^visit ${n + 1}\\b`));
  }
});
