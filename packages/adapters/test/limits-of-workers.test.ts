// Limits are exact over several processes that hit them at once.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { emptyStore } from './support/stores.js';

const fixture = join(import.meta.dirname, 'fixtures/limits.js');
const HITS = 40;
const ADAPTERS = ['express', 'fastify', 'nest', 'flexible', 'auth'] as const;

type Counted = Record<(typeof ADAPTERS)[number], (number | null)[]>;

describe.each(['embedded', 'redis'] as const)(
  'three processes on the %s engine',
  async (engine) => {
    const options = await emptyStore(engine);

    test('count each hit once, and let as many pass as may', async () => {
      const children = Array.from({ length: 3 }, () =>
        fork(fixture, [JSON.stringify(options), String(HITS)]),
      );
      onTestFinished(() => {
        for (const child of children) child.kill('SIGKILL');
      });
      const next = (child: (typeof children)[number]) =>
        Promise.race([
          once(child, 'message').then(([message]) => message),
          once(child, 'exit').then(([code]) => Promise.reject(new Error(`exited with ${code}`))),
        ]);
      await Promise.all(children.map(next));
      const answers = children.map(next);
      for (const child of children) child.send('go');
      const counted: Counted[] = await Promise.all(answers);
      const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
      for (const adapter of ADAPTERS) {
        const counts = counted.flatMap((it) => it[adapter]).filter((it) => typeof it === 'number');
        const expected = upTo(adapter === 'nest' ? 20 : 3 * HITS);
        expect(counts.sort((a, b) => a - b)).toEqual(expected);
      }
    });
  },
);
