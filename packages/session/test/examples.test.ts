// The example of the README, run as it is printed there. Those of the guide are run in test/system/guide.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { examplesOf } from '../../../test/support/guide.js';
import { freePort } from '../../../test/support/redis/free-port.js';
import { Browser } from './support/browser.js';
import { emptyStore } from './support/stores.js';

const packageFolder = join(import.meta.dirname, '..');

/** Starts an example, and gives the address that it prints. */
async function startExample(code: string, storeUrl: string | undefined): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    // Where the example's imports are found, the package itself included.
    cwd: packageFolder,
    env: { ...process.env, PORT: String(await freePort()), MUSTER_STORE_URL: storeUrl },
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

test('the example of the README, run by two processes', async () => {
  const { app } = await examplesOf('packages/session/README.md', 'js', ['app']);
  const { url } = await emptyStore('embedded');
  const [one, two] = await Promise.all([startExample(app, url), startExample(app, url)]);
  const browser = new Browser();
  for (const [n, address] of [one, two, two, one].entries()) {
    const { body } = await browser.get(address);
    expect(body.text).toMatch(new RegExp(`^visit ${n + 1}\\b`));
  }
});
