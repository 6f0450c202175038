// The examples of docs/guide/store.md, engines.md and errors.md, and of the README of @muster/store, run as they are
// printed there.
import { expect, test, vi } from 'vitest';
import { claims, createProject, examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { freePort } from '../../support/redis/free-port.js';

const guide = await examplesOf('docs/guide/store.md', 'js', [
  'first',
  'values',
  'transaction',
  'limits',
  'turns',
  'sorted',
  'watch',
  'locks',
  'cache',
  'near',
]);
const readme = await examplesOf('packages/store/README.md', 'js', ['runs', 'conformance']);
const { urls } = await examplesOf('docs/guide/engines.md', 'js', ['urls']);
const { unknown } = await examplesOf('docs/errors.md', 'js', ['unknown']);

const STORE = `
  import { createSharedStore } from '@muster/core';
  const store = createSharedStore();
`;
const CLOSE = 'await store.close();';

/** What a program prints that ends by itself. */
async function linesOf(code: string): Promise<string[]> {
  await using project = await createProject();
  await using program = await project.run(code);
  const { code: exit } = await program.exited;
  expect({ exit, output: program.output() }).toMatchObject({ exit: 0 });
  return program.output().trimEnd().split('\n');
}

test('store.md: a counter', async () => {
  expect(await linesOf(`${guide.first} console.log(visits); ${CLOSE}`)).toEqual(['1']);
});

test('store.md: each call gives what is said of it', async () => {
  const { code, claimed } = claims(guide.values);
  expect(claimed).toHaveLength(11);
  const lines = await linesOf(STORE + code + CLOSE);
  expect(lines.pop()).toBe("key { any: 'value' }");
  expect(lines).toHaveLength(claimed.length);
  for (const [index, claim] of claimed.entries()) expect(lines[index]).toMatch(claim);
});

test('store.md: a transaction moves what there is', async () => {
  expect(await linesOf(`${STORE} ${guide.transaction} ${CLOSE}`)).toEqual(['[ 30, 20 ] 20']);
});

test('store.md: five logins in a minute, and no sixth', async () => {
  await using project = await createProject();
  await project.install('express');
  const port = await freePort();
  const app = `${STORE} import express from 'express'; const app = express();`;
  const served = guide.limits.replace('// …', `res.sendStatus(204);`);
  await using _ = await project.run(`${app} ${served} app.listen(${port}, '127.0.0.1');`);
  const client = createClient(port);
  const login = async () => {
    const { status, headers } = await client.post('/login');
    return [status, headers['ratelimit-remaining'], headers['retry-after']];
  };
  const first = await vi.waitFor(login, { timeout: 20_000, interval: 50 });
  expect(first).toEqual([204, '4', undefined]);
  for (let left = 3; left >= 0; left -= 1) expect((await login())[0]).toBe(204);
  expect(await login()).toEqual([429, '0', expect.stringMatching(/^\d+$/)]);
});

test('store.md: mails wait for their turns', async () => {
  const lines = await linesOf(`${STORE}
    const outbox = Array.from({ length: 7 }, (_, n) => n);
    const send = async (mail) => console.log(mail);
    const start = performance.now();
    ${guide.turns}
    console.log(performance.now() - start > 395);
    ${CLOSE}`);
  expect(lines).toEqual(['0', '1', '2', '3', '4', '5', '6', 'true']);
});

test('store.md: a leaderboard, and who is online', async () => {
  expect(await linesOf(`${STORE} ${guide.sorted} ${CLOSE}`)).toEqual([
    "{ member: 'ada', score: 120 } 1",
    '1',
  ]);
});

test('store.md: a watch tells of a change and of a removal', async () => {
  const change = `
    await store.set('flag:dark', true);
    await store.delete('flag:dark');
    await store.set('flag:end', 'end');
  `;
  const code = guide.watch.replace(
    'console.log(',
    "if (change.value === 'end') ended(); console.log(",
  );
  const lines = await linesOf(`${STORE}
    let ended;
    const end = new Promise((resolve) => { ended = resolve; });
    ${code} ${change} await end; await unwatch(); ${CLOSE}`);
  // Two changes that come close upon each other may both be told with what is there after the second.
  expect([...new Set(lines.filter((line) => line !== 'flag:dark true'))]).toEqual([
    'flag:dark undefined',
    'flag:end end',
  ]);
});

test('store.md: a lock fences a write, a permit is given back, and a leader leads', async () => {
  const lines = await linesOf(`${STORE}
    const accounts = store.namespace('accounts');
    await accounts.set('ada', 100);
    let led;
    const leads = new Promise((resolve) => { led = resolve; });
    const cleanUpUntil = async (signal) => led(signal.aborted);
    ${guide.locks}
    console.log(await accounts.get('ada'), await leads);
    await leadership.stop();
    ${CLOSE}`);
  expect(lines).toEqual(['90 false']);
});

test('store.md: a namespace is near', async () => {
  expect(await linesOf(`${STORE} ${guide.near} ${CLOSE}`)).toEqual(['true', 'true']);
});

test('store.md: a cache loads, and loads again what was invalidated', async () => {
  const lines = await linesOf(`${STORE}
    const id = 'ada';
    const findUser = async (id) => { console.log('loads', id); return { id }; };
    ${guide.cache}
    console.log(user, await users.get(id, () => 'anew'));
    ${CLOSE}`);
  expect(lines).toEqual(['loads ada', "{ id: 'ada' } anew"]);
});

test('the README of @muster/store: runs are counted', async () => {
  await using project = await createProject();
  for (const run of [1, 2]) {
    await using program = await project.run(readme.runs);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output()).toMatch(new RegExp(`^run number ${run}\n\\{ name: 'Ada', since: `));
    expect(program.output()).toContain('visits: 1 }');
  }
});

test('the README of @muster/store: another engine runs the suite with node:test', async () => {
  const lines = await linesOf(`
    import { createSharedStore } from '@muster/store';
    import { run, after } from 'node:test';
    const openMyStore = (options) => createSharedStore({ ...options, url: 'lmdb:mine' });
    ${readme.conformance.replace('of storeConformance(', 'of (($) => $.filter(({ name }) => /increment/.test(name)))(storeConformance(').replace('}))\n', '})))\n')}`);
  // Node 20 says it as TAP, later ones with signs of their own.
  expect(lines.join('\n')).toMatch(/^\S+ fail 0$/m);
  expect(lines.join('\n')).toMatch(/^\S+ pass [1-9]/m);
});

test('engines.md: each of the addresses is one that a store takes', async () => {
  const made = "import { createSharedStore } from '@muster/store';";
  expect(await linesOf(`${made} ${urls} console.log('made'); process.exit();`)).toEqual(['made']);
});

test.each([
  ['MUSTER_OUTCOME_UNKNOWN', 'goes on'],
  ['MUSTER_STORE_FULL', 'thrown'],
])('errors.md: an error with the code %s: %s', async (code, expected) => {
  const lines = await linesOf(`
    const store = { increment: () => Promise.reject(Object.assign(new Error(), { code: '${code}' })) };
    const run = async () => { ${unknown} };
    await run().then(() => console.log('goes on'), () => console.log('thrown'));`);
  expect(lines).toEqual([expected]);
});
