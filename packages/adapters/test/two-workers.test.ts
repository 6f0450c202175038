// What one worker does, another one hears: in processes of a real cluster.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { emptyStore } from './support/stores.js';

const fixture = join(import.meta.dirname, 'fixtures/two-workers.js');

describe('two workers', async () => {
  const store = await emptyStore('embedded');
  let child: ChildProcess;
  let [one, two] = ['', ''];

  beforeAll(async () => {
    child = fork(fixture, [JSON.stringify(store)]);
    const [urls] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`the cluster exited with ${code}`);
      }),
    ]);
    [one, two] = urls;
  });

  afterAll(async () => {
    const exited = once(child, 'exit');
    child.disconnect();
    await exited;
  });

  test.each([
    ['graphql-yoga', 'said', /^hello true \d+$/],
    ['graphql-subscriptions', 'heard', /^hello \d+$/],
  ])('with %s, a subscription on one hears a mutation on the other', async (_, field, expected) => {
    const heard: string[] = [];
    await subscribe(one, field, heard);
    let mutated = 0;
    // A subscription that has been answered may not have reached the primary yet.
    await vi.waitFor(async () => {
      ({ say: mutated } = await ask(two, 'mutation { say(text: "hello") }'));
      expect(heard.length).toBeGreaterThan(0);
    });
    expect(heard[0]).toMatch(expected);
    expect(heard[0]).not.toContain(String(mutated));
  });

  test('with BentoCache, what one replaces is gone from the memory of the other', async () => {
    await ask(one, 'mutation { store(key: "a", value: "first") }');
    expect(await ask(two, '{ value(key: "a") }')).toEqual({ value: 'first' });
    await ask(one, 'mutation { store(key: "a", value: "second") }');
    await expect.poll(() => ask(two, '{ value(key: "a") }')).toEqual({ value: 'second' });
  });
});

// biome-ignore lint/suspicious/noExplicitAny: what comes depends on the query.
async function ask(url: string, query: string): Promise<any> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  expect(errors).toBeUndefined();
  return data;
}

/** Adds what the subscription yields to `heard`, until the test is over. */
async function subscribe(url: string, field: string, heard: string[]): Promise<void> {
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  const query = encodeURIComponent(`subscription { ${field} }`);
  const response = await fetch(`${url}?query=${query}`, {
    headers: { accept: 'text/event-stream' },
    signal: ended.signal,
  });
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  void (async () => {
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += Buffer.from(value).toString();
      for (const [, data = ''] of text.matchAll(/^data: (\{.*\})$/gm)) {
        heard.push(JSON.parse(data).data[field]);
      }
      text = text.slice(text.lastIndexOf('\n') + 1);
    }
  })().catch(() => {});
}
