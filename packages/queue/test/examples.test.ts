// The examples of the guide do what they say, on both engines.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import { runProgram } from '../../../test/support/program.js';

const run = promisify(execFile);
const example = (name: string) => new URL(`../../../docs/examples/queue/${name}`, import.meta.url);

async function embedded(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-example-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return `lmdb:${folder}`;
}

/** The examples have no prefix of their own: what they left is removed before. */
async function redis(): Promise<string> {
  const url = new URL(inject('redisUrl'));
  url.pathname = '/10';
  const client = new Redis(url.href);
  onTestFinished(() => client.disconnect());
  await client.flushdb();
  return url.href;
}

const EMAIL = [
  "sent: { key: 'welcome-7', attempt: 3 }",
  'MUSTER_JOB_FAILED',
  'failed after 1: nobody: no address: nobody',
];
const OUTBOX = ["{ to: 'ada@example.com', isPaid: true }", 'mails: 1'];

test('email.js and outbox.js', async () => {
  for (const url of [await embedded(), await redis()]) {
    const env = { ...process.env, MUSTER_STORE_URL: url };
    const output = async (name: string) => {
      const { stdout } = await run(process.execPath, [example(name).pathname], { env });
      return stdout.trim().split('\n');
    };
    expect(await output('email.js')).toEqual(EMAIL);
    expect(await output('outbox.js')).toEqual(OUTBOX);
  }
});

test('nightly.js', async () => {
  const env = { MUSTER_STORE_URL: await embedded() };
  await using program = runProgram(example('nightly.js'), { args: ['--now'], env });
  await program.printed(/^next: 20\d\d-\d\d-\d\dT0[12]:00/m);
  await program.printed(/^report of 20\d\d-\d\d-\d\d, attempt 1$/m);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});
