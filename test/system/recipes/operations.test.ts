// The recipes for stopping and deploying, as they are printed.
import { expect, test } from 'vitest';
import { changed, examplesOf } from '../../support/guide.js';
import { asSeen, createReader } from '../../support/reader.js';

const shutdown = {
  files: await examplesOf('docs/recipes/graceful-shutdown.md', 'js', ['server', 'database']),
  does: await examplesOf('docs/recipes/graceful-shutdown.md', 'sh', ['stop']),
};
const link = {
  files: await examplesOf('docs/recipes/blue-green.md', 'js', ['one', 'two']),
  does: await examplesOf('docs/recipes/blue-green.md', 'sh', ['start', 'deploy', 'back']),
};
const { start } = await examplesOf('docs/recipes/index.md', 'sh', ['start']);

test('a request under way is answered, and the database closed after it', async () => {
  await using reader = await createReader({ installs: ['express'] });
  // Slower than any machine: it ends once the drain has begun.
  const { server } = shutdown.files;
  const database = changed(
    shutdown.files.database,
    'await sleep(1000);',
    "while (!existsSync('draining')) await sleep(10);",
  ).replace('\n', "\nimport { existsSync } from 'node:fs';\n");
  await reader.save({ server, database });
  const shop = await reader.start(start);
  await shop.printed(/ is ready: 2 workers/);
  const stop = changed(shutdown.does.stop, 'sleep 0.5;', 'until [ -e asked ]; do sleep 0.1; done;');
  const answer = reader.type(stop);
  await shop.printed(/^query: /m);
  await reader.write('asked', '');
  await shop.printed(/^no new work\n(.*\n)*no new work$/m);
  await reader.write('draining', '');
  expect(await answer).toMatch(/^the rows of select \* from orders$/m);
  expect(await shop.exited).toEqual({ code: 0, signal: null });
  expect(shop.output().match(/^the database is closed$/gm)).toHaveLength(2);
});

test('a release is deployed by a link, and the one before comes back the same way', async () => {
  await using reader = await createReader();
  await reader.save(link.files);
  const [move = '', run = ''] = link.does.start.trim().split('\n');
  await reader.type(move);
  const shop = await reader.start(run);
  await shop.printed(/ is ready: 2 workers/);
  const [moveOn = '', reload = ''] = link.does.deploy.trim().split('\n');
  await reader.type(moveOn);
  const ask = () => reader.type('curl -s localhost:3000; curl -s localhost:3000');
  const [{ pid = 0 } = {}] = (await reader.status()).workers;
  process.kill(pid, 'SIGKILL');
  await shop.printed(/generation 2\) is ready/);
  expect(await ask()).toMatch(asSeen('release 1, …\nrelease 1, …'));

  const visits = await reader.start(
    "while curl -sf localhost:3000; do sleep 0.1; done; echo 'a request failed'",
  );
  await visits.printed(/^release 1, visit \d+$/m);

  await reader.type(reload);
  expect(await ask()).toMatch(asSeen('release 2, …\nrelease 2, …'));

  await reader.save({ broken: "// releases/3/server.js\nthrow new Error('broken');\n" });
  await reader.type(moveOn.replace('/2', '/3'));
  expect(await reader.type(reload, { code: 1 })).toMatch(/The reload was aborted/);
  expect(await ask()).toMatch(asSeen('release 2, …\nrelease 2, …'));

  await reader.type(link.does.back);
  expect(await ask()).toMatch(asSeen('release 1, …\nrelease 1, …'));
  await visits.printed(/^release 2, visit \d+$/m);
  // Each visit is counted once, across releases.
  const counts =
    visits
      .output()
      .match(/(?<=visit )\d+$/gm)
      ?.map(Number) ?? [];
  expect(counts).toEqual([...new Set(counts)].sort((one, other) => one - other));
  expect(visits.output()).not.toContain('failed');
});
