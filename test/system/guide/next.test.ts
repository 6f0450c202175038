// The examples of docs/guide/next.md, in two processes that stand for two workers.
import { expect, test } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';

const { pages, useCache, config } = await examplesOf('docs/guide/next.md', 'js', [
  'pages',
  'useCache',
  'config',
]);

/** Keeps an entry, lets another process revalidate its tag, and looks again. */
const WORKER = `
import { spawnSync } from 'node:child_process';
import config from './next.config.mjs';
const { default: Handler } = await import(config.cacheHandler);
const { default: useCache } = await import(config.cacheHandlers.default);
const handler = new Handler({ revalidatedTags: [] });
const value = { kind: 'FETCH', data: { headers: {}, body: 'a', url: '' }, revalidate: 60 };
const fetchOf = { kind: 'FETCH', tags: ['posts'] };
const entry = () => ({
  value: new Blob(['b']).stream(),
  ...{ tags: ['posts'], stale: 30, timestamp: Date.now(), expire: 600, revalidate: 60 },
});
const look = async () => {
  const used = await useCache.get('key', []);
  const found = await handler.get('key', fetchOf);
  console.log('got', found?.value.data.body, used && (await new Response(used.value).text()));
};
if (process.argv[2] === 'other') {
  await look();
  await handler.revalidateTag('posts');
} else {
  await handler.set('key', value, { fetchCache: true, tags: ['posts'] });
  await useCache.set('key', Promise.resolve(entry()));
  spawnSync(process.execPath, [process.argv[1], 'other'], { stdio: 'inherit' });
  await look();
}
`;

test('a process revalidates what another has cached', async () => {
  await using project = await createProject();
  await project.write('cache-handler.mjs', pages);
  await project.write('use-cache-handler.mjs', useCache);
  await project.write('next.config.mjs', config);
  await using program = await project.run(WORKER);
  expect(await program.exited).toMatchObject({ code: 0 });
  expect(program.output().match(/^got .*$/gm)).toEqual(['got a b', 'got undefined undefined']);
});
