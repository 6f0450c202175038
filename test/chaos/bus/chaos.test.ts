import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

interface Result {
  kills: number;
  stops: number;
  primary: { heard: number; answered: number; failed: number; unsettled: number };
  dropped: number;
  badFrames: number;
  violations: string[];
  crashes: string[];
}

// A short round; the long one is `node test/chaos/bus/chaos.js --seconds 60 --workers 8`.
test('kills and stops break no promise of the bus', async () => {
  const script = fileURLToPath(new URL('./chaos.js', import.meta.url));
  const child = fork(script, ['--seconds', '7', '--workers', '4'], { execArgv: [] });
  const exited = once(child, 'exit');
  const [result] = (await once(child, 'message')) as [Result];
  expect(result).toMatchObject({ violations: [], crashes: [], dropped: 0, badFrames: 0 });
  expect(result.kills).toBeGreaterThan(5);
  expect(result.stops).toBeGreaterThan(0);
  expect(result.primary.heard).toBeGreaterThan(1_000);
  expect(result.primary.answered).toBeGreaterThan(100);
  expect(result.primary.unsettled).toBe(0);
  expect(await exited).toEqual([0, null]);
}, 60_000);
