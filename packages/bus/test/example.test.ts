import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the example of the guide does what it says', async () => {
  const script = fileURLToPath(new URL('../../../docs/examples/bus/search.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, 'ada'], {
    timeout: 100_000,
  });
  const lines = stdout.trim().split('\n');
  expect(
    lines
      .slice(0, 3)
      .map((line) => line.replace(/\(\d\)/, ''))
      .sort(),
  ).toEqual(['slot 0 is ready ', 'slot 1 is ready ', 'slot 2 is ready ']);
  expect(lines.slice(3)).toEqual(['all: Ada, Adam, Bada', 'without one: Ada (1 missing)']);
});
