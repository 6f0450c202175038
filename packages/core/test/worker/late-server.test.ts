import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDeployment } from '../../../../test/support/deployment.js';
import { startLoad } from '../../../../test/support/load.js';

it('a server that listens later than its code has run is waited for in a reload, and no request fails', async () => {
  await using deployment = await createDeployment();
  const server = new URL('../fixtures/late-server.cjs', import.meta.url).pathname;
  // One after the other, and at once: without the wait, nobody would listen for a while.
  const options = ['-w', '2', '--ready-timeout', '20s', '--watch'];
  const program = deployment.start([server, ...options]);
  await program.printed(/listens\n(.*\n)*listens\n/);

  const load = startLoad(deployment.port, '/', 4);
  expect(await deployment.muster(['reload'])).toMatchObject({ code: 0 });
  const { answered, failures } = await load.stop();
  expect(failures).toEqual({});
  expect(answered).toBeGreaterThan(10);

  await writeFile(join(deployment.app, 'no-server'), '');
  const failed = await deployment.muster(['reload']);
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.stderr).toContain('It did not listen, as the one before it did.');
});
