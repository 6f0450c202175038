// Two processes with the same app, and nothing in common but the shared store.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Browser } from './support/browser.js';
import { emptyStore, engines } from './support/stores.js';

const fixture = join(import.meta.dirname, 'fixtures/server.js');

async function startServer(options: object): Promise<{ url: string; child: ChildProcess }> {
  const child = fork(fixture, [JSON.stringify(options)]);
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    if (child.connected) child.disconnect();
    await exited;
  });
  const [url] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`the server exited with ${code}`))),
  ]);
  return { url, child };
}

describe.each(engines)('%s', (engine) => {
  test('a session that one process saved, the other knows at once, until either ends it', async () => {
    const options = await emptyStore(engine);
    const [one, two] = await Promise.all([startServer(options), startServer(options)]);
    const browser = new Browser();
    const login = await browser.post(`${one.url}/login/ada`);
    const me = await browser.get(`${two.url}/me`);
    expect(me.body).toMatchObject({ user: 'ada', visits: 0 });
    expect(me.body.pid).not.toBe(login.body.pid);

    const urls = [one.url, two.url];
    for (let visits = 1; visits <= 50; visits++) {
      const [here, there] = [urls[visits % 2], urls[(visits + 1) % 2]];
      const { headers } = await browser.post(`${here}/visit-and-go?to=${there}/me`);
      const { body } = await browser.get(headers.get('location') ?? '');
      expect(body).toMatchObject({ user: 'ada', visits });
    }

    await browser.post(`${two.url}/logout`);
    expect((await browser.get(`${one.url}/me`)).status).toBe(401);
  });

  test('the sessions of a process that was killed live on', async () => {
    const options = await emptyStore(engine);
    const one = await startServer(options);
    const browser = new Browser();
    await browser.post(`${one.url}/login/ada`);
    await browser.post(`${one.url}/visit`);
    const exited = once(one.child, 'exit');
    one.child.kill('SIGKILL');
    await exited;
    const two = await startServer(options);
    expect((await browser.get(`${two.url}/me`)).body).toMatchObject({ user: 'ada', visits: 1 });
  });
});
