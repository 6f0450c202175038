// The examples of docs/guide/queue.md and schedules.md, and of the README of @muster/queue, run as they are printed there.
import { expect, test } from 'vitest';
import { claims, createProject, examplesOf } from '../../support/guide.js';

const guide = await examplesOf('docs/guide/queue.md', 'js', [
  'first',
  'adding',
  'transaction',
  'roles',
  'retries',
]);
const { nightly } = await examplesOf('docs/guide/schedules.md', 'js', ['nightly']);
const readme = await examplesOf('packages/queue/README.md', 'js', ['mail']);

const STORE = `
  import { createSharedStore } from '@muster/core';
  const store = createSharedStore();
`;
const QUEUE = `import { createQueue } from '@muster/queue';`;

/** What a program prints that ends by itself. */
async function linesOf(code: string): Promise<string[]> {
  await using project = await createProject();
  await using program = await project.run(code);
  const { code: exit } = await program.exited;
  expect({ exit, output: program.output() }).toMatchObject({ exit: 0 });
  return program.output().trimEnd().split('\n');
}

test('queue.md: the first queue sends what is due', async () => {
  const send = `
    const sent = (data) => { console.log(data.to); worker.close().then(() => store.close()); };
    const send = async (data) => sent(data);
  `;
  expect(await linesOf(guide.first + send)).toEqual(['ada@example.com']);
});

test('queue.md: what is added, and what is not', async () => {
  const { code, claimed } = claims(guide.adding);
  expect(claimed).toHaveLength(6);
  const queue = `const queue = createQueue({ store, name: 'q' });`;
  const lines = await linesOf(`${STORE} ${QUEUE} ${queue} ${code} await store.close();`);
  expect(lines).toHaveLength(claimed.length);
  for (const [index, claim] of claimed.entries()) expect(lines[index]).toMatch(claim);
});

test('queue.md: a job that is added with a transaction', async () => {
  const { code, claimed } = claims(guide.transaction);
  expect(claimed).toHaveLength(2);
  const mail = `const mail = createQueue({ store, name: 'mail' });`;
  const lines = await linesOf(`${STORE} ${QUEUE} ${mail} ${code} await store.close();`);
  expect(lines).toHaveLength(claimed.length);
  for (const [index, claim] of claimed.entries()) expect(lines[index]).toMatch(claim);
});

test('queue.md: retries', async () => {
  const { code, claimed } = claims(guide.retries);
  expect(claimed).toHaveLength(4);
  const end = 'await emails.close(); await store.close();';
  const lines = await linesOf(`${STORE} ${code} ${end}`);
  expect(lines).toHaveLength(claimed.length);
  for (const [index, claim] of claimed.entries()) expect(lines[index]).toMatch(claim);
});

test('schedules.md: a schedule runs', async () => {
  const watched = `
    const { log } = console;
    let tell;
    const printed = new Promise((resolve) => (tell = resolve));
    console.log = (line) => tell(log(line));
  `;
  const end = 'await printed; await nightly.close(); await store.close();';
  const lines = await linesOf(watched + nightly + end);
  expect(lines).toEqual([expect.stringMatching(/^the report of 20\d\d-/)]);
});

test('queue.md: workers of a role run jobs', async () => {
  await using project = await createProject();
  // In the primary and in each worker: the job is there once.
  const add = `
    const reports = createQueue({ store: createSharedStore(), name: 'reports' });
    await reports.add(7, { id: 'seven', dedupeMs: 3_600_000 });
  `;
  await using program = await project.run(guide.roles + add);
  await program.printed(/^report 7$/m);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

test('the README of @muster/queue: a job runs', async () => {
  expect(await linesOf(readme.mail)).toEqual(['mail to ada@example.com']);
});
