import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** In a process of its own: another test may have created a bus in this one. */
const PROGRAM = `
import { hasBus } from ${JSON.stringify(new URL('../../dist/worker/app/bus-presence.js', import.meta.url).href)};
const before = hasBus();
const { createBus } = await import(${JSON.stringify(import.meta.resolve('@muster/bus'))});
createBus();
console.log(before, hasBus());
`;

it('a worker knows whether it has a bus, without loading one', async () => {
  const args = ['--input-type=module', '--eval', PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toBe('false true\n');
});
