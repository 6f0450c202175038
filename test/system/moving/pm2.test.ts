// docs/moving/pm2.md: the server that ran under PM2 runs with the config that takes the place of ecosystem.config.js.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changed, examplesOf } from '../../support/guide.js';
import { createReader } from '../../support/reader.js';

const { server, ecosystem, config } = await examplesOf('docs/moving/pm2.md', 'js', [
  'server',
  'ecosystem',
  'config',
]);
const lines = await examplesOf('docs/moving/pm2.md', 'sh', ['start', 'unit']);

test('an app of PM2: ready and SIGINT are understood, the environment and the log files are there', async () => {
  await using reader = await createReader({});
  await reader.save({
    server: changed(server, '?? 3000', "?? 3000, '127.0.0.1'"),
    ecosystem,
    config,
  });
  await reader.write('package.json', '{ "type": "module" }');

  const [install, start = ''] = lines.start.trim().split('\n');
  expect(install).toBe('npm install @muster/core');
  const shop = await reader.start(start);
  await shop.printed(/shop is ready: 2 workers/);
  expect(await reader.type('curl -s localhost:3000')).toMatch(/^production, instance [01]$/m);
  expect(await reader.type('muster reload')).toMatch(/2 workers/);
  await expect
    .poll(() => readFile(join(reader.folder, 'logs/shop.log'), 'utf8'))
    .toMatch(/^the database is closed\nthe database is closed$/m);
  await reader.type('muster stop');
  expect(await shop.exited).toMatchObject({ code: 0 });

  const [unit = '', enable] = lines.unit.trim().split('\n');
  const [print = ''] = unit.split(' | ');
  expect(await reader.type(print)).toMatch(/^ExecStart=.* start shop --environment production/m);
  expect(enable).toBe('sudo systemctl enable --now shop');

  // Both say the same.
  const [app] = createRequire(reader.folder)(`${reader.folder}/ecosystem.config.cjs`).apps;
  const { default: ours } = await import(`${reader.folder}/muster.config.mjs`);
  expect(ours.apps[app.name]).toMatchObject({
    file: app.script,
    workers: app.instances,
    ready: { timeoutMs: app.listen_timeout },
    drain: { timeoutMs: app.kill_timeout },
    env: app.env,
    environments: { production: { env: app.env_production } },
  });
});
