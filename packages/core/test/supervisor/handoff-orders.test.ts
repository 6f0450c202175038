import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('../fixtures/handoff-orders.js', import.meta.url));

it('no connection is left open when workers die, in whichever order node:cluster hears of it', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout).toMatch(/^tried \d{5}\n$/);
});
