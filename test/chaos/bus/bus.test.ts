import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BYTE_CHANNEL } from '../../../packages/bus/test/support/run-fixture.js';
import { round } from '../rounds.js';

interface Result {
  kills: number;
  stops: number;
  /** How many times, looked at once a second, somebody was full. */
  full: number;
  primary: { heard: number; answered: number; failed: number; unsettled: number };
  dropped: number;
  badFrames: number;
  memory: { growth: number };
  violations: string[];
  crashes: string[];
}

const { seconds, workers, kills, least } = round({
  // A machine that is busy with other things does little meanwhile: none of it is a promise.
  short: { seconds: 7, workers: 4, kills: 2, least: [0, 0, 0] },
  full: { seconds: 60, workers: 8, kills: 80, least: [1, 1_000, 100] },
});

test(
  'kills and stops break no promise of the bus',
  async () => {
    const script = fileURLToPath(new URL('./chaos.js', import.meta.url));
    const child = fork(script, ['--seconds', `${seconds}`, '--workers', `${workers}`], {
      execArgv: ['--import', BYTE_CHANNEL],
    });
    const exited = once(child, 'exit');
    const [result] = (await once(child, 'message')) as [Result];
    console.log(JSON.stringify(result));
    expect(result).toMatchObject({ violations: [], crashes: [], badFrames: 0 });
    expect(result.kills).toBeGreaterThan(kills);
    expect(result.stops).toBeGreaterThan(0);
    const { heard, answered } = result.primary;
    for (const [i, count] of [result.full, heard, answered].entries()) {
      expect(count).toBeGreaterThanOrEqual(least[i] as number);
    }
    expect(result.primary.unsettled).toBe(0);
    // In megabytes, between the highest of the first half and the highest of the second.
    expect(result.memory.growth).toBeLessThan(50);
    expect(await exited).toEqual([0, null]);
  },
  (seconds + 140) * 1_000,
);
