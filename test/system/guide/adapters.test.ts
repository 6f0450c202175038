// The example of the README of @muster/adapters, run as it is printed there.
import { expect, test } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';

const readme = await examplesOf('packages/adapters/README.md', 'js', ['limiter']);

test('README of adapters: two processes count the same hits', async () => {
  await using project = await createProject();
  await project.install('express', 'express-rate-limit');
  const urls = [];
  for (const name of ['one.mjs', 'two.mjs']) {
    const program = await project.run(readme.limiter, { name, env: { PORT: '0' } });
    urls.push((await program.printed(/http:\S+/))[0]);
  }
  const [one = '', two = ''] = urls;
  const answers = [];
  for (const url of [one, two, two, one]) {
    const response = await fetch(url);
    answers.push([response.status, await response.text()]);
  }
  expect(answers).toEqual([
    [200, 'hit 1\n'],
    [200, 'hit 2\n'],
    [200, 'hit 3\n'],
    [429, expect.stringContaining('Too many requests')],
  ]);
});
