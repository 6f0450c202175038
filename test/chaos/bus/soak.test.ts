import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { round } from '../rounds.js';

interface Result {
  sent: number;
  missing: number[];
  gaps: number[];
  wrong: number[];
  dropped: number[];
  /** In megabytes, of each process. */
  memory: { first: number; last: number; growth: number }[];
}

const seconds = round({ short: 3, full: 600 });

test(
  'for as long as it may take, nothing is lost and nobody grows',
  async () => {
    const script = fileURLToPath(new URL('./soak.js', import.meta.url));
    const child = fork(script, ['--seconds', `${seconds}`], { execArgv: [] });
    const exited = once(child, 'exit');
    const [result] = (await once(child, 'message')) as [Result];
    console.log(JSON.stringify(result));
    const none = [0, 0, 0, 0];
    expect(result).toMatchObject({ missing: none, gaps: none, wrong: none, dropped: none });
    expect(result.sent).toBeGreaterThan(1_000);
    for (const { growth } of result.memory) expect(growth).toBeLessThan(40);
    expect(await exited).toEqual([0, null]);
  },
  (seconds + 140) * 1_000,
);
