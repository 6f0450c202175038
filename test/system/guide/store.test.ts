// The examples of docs/guide/store.md, of the pages below docs/guide/store, of errors.md, and of the README of @muster/store, run as they are
// printed there.
import { expect, test, vi } from 'vitest';
import { claims, createProject, examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { freePort } from '../../support/redis/free-port.js';

const { first } = await examplesOf('docs/guide/store.md', 'js', ['first']);
const values = await examplesOf('docs/guide/store/values.md', 'js', [
  'store',
  'values',
  'counters',
  'changes',
  'transaction',
]);
const limits = await examplesOf('docs/guide/store/limits.md', 'js', ['login', 'turns']);
const { sorted } = await examplesOf('docs/guide/store/sorted-sets.md', 'js', ['sorted']);
const { watch } = await examplesOf('docs/guide/store/watching.md', 'js', ['watch']);
const { locks } = await examplesOf('docs/guide/store/locks.md', 'js', ['locks']);
const caches = await examplesOf('docs/guide/store/caches.md', 'js', ['cache', 'near']);
const { backup } = await examplesOf('docs/guide/store/backups.md', 'js', ['backup']);
const { urls } = await examplesOf('docs/guide/store/redis.md', 'js', ['urls']);
const readme = await examplesOf('packages/store/README.md', 'js', ['runs', 'conformance']);
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
  expect(await linesOf(`${first} console.log(visits); ${CLOSE}`)).toEqual(['1']);
});

test('values.md: each call gives what is said of it, and a transaction moves what there is', async () => {
  const told = [values.values, values.counters, values.changes].map(claims);
  const code = told.map((one) => one.code).join('\n');
  const claimed = told.flatMap((one) => one.claimed);
  expect(claimed).toHaveLength(15);
  const lines = await linesOf(values.store + code + values.transaction + CLOSE);
  expect(lines.pop()).toBe('[ 30, 20 ] 20');
  expect(lines.splice(8, 1)).toEqual(["key { any: 'value' }"]);
  expect(lines).toHaveLength(claimed.length);
  for (const [index, claim] of claimed.entries()) expect(lines[index]).toMatch(claim);
});

test('backups.md: a backup says how many entries it has', async () => {
  const { code, claimed } = claims(backup);
  const [line] = await linesOf(`${STORE} await store.set('a', 1); ${code} ${CLOSE}`);
  expect(line).toMatch(claimed[0] as RegExp);
});

test('limits.md: five logins in a minute, and no sixth', async () => {
  await using project = await createProject();
  await project.install('express');
  const port = await freePort();
  const app = `${STORE} import express from 'express'; const app = express();`;
  const served = limits.login.replace('// …', `res.sendStatus(204);`);
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

test('limits.md: mails wait for their turns', async () => {
  const lines = await linesOf(`${STORE}
    const outbox = Array.from({ length: 7 }, (_, n) => n);
    const send = async (mail) => console.log(mail);
    const start = performance.now();
    ${limits.turns}
    console.log(performance.now() - start > 395);
    ${CLOSE}`);
  expect(lines).toEqual(['0', '1', '2', '3', '4', '5', '6', 'true']);
});

test('sorted-sets.md: a leaderboard, and who is online', async () => {
  expect(await linesOf(`${STORE} ${sorted} ${CLOSE}`)).toEqual([
    "{ member: 'ada', score: 120 } 1",
    '1',
  ]);
});

test('watching.md: a watch tells of a change and of a removal', async () => {
  const change = `
    await store.set('flag:dark', true);
    await store.delete('flag:dark');
    await store.set('flag:end', 'end');
  `;
  const code = watch.replace('console.log(', "if (change.value === 'end') ended(); console.log(");
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

test('locks.md: a lock fences a write, a permit is given back, and a leader leads', async () => {
  const lines = await linesOf(`${STORE}
    const accounts = store.namespace('accounts');
    await accounts.set('ada', 100);
    let led;
    const leads = new Promise((resolve) => { led = resolve; });
    const cleanUpUntil = async (signal) => led(signal.aborted);
    ${locks}
    console.log(await accounts.get('ada'), await leads);
    await leadership.stop();
    ${CLOSE}`);
  expect(lines).toEqual(['90 false']);
});

test('caches.md: a namespace is near', async () => {
  expect(await linesOf(`${STORE} ${caches.near} ${CLOSE}`)).toEqual(['true', 'true']);
});

test('caches.md: a cache loads, and loads again what was invalidated', async () => {
  const lines = await linesOf(`${STORE}
    const id = 'ada';
    const findUser = async (id) => { console.log('loads', id); return { id }; };
    ${caches.cache}
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

test('redis.md: each of the addresses is one that a store takes', async () => {
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
