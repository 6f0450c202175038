import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { publishedReadme, webAddressOf } from '../support/published-pages.js';
import { objectionsTo } from '../support/release-plan.js';

const tarball = (name: string, version: string) => ({
  file: `${name}.tgz`,
  name: `@muster/${name}`,
  version,
  files: [],
  bytes: 0,
  needs: [],
});

/** A repository with these changelogs, and these files in `.changeset`. */
async function repository(changelogs: Record<string, string>, changes: string[]) {
  const root = await mkdtemp(join(tmpdir(), 'muster-release-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(join(root, '.changeset'));
  for (const name of ['README.md', 'config.json', ...changes]) {
    await writeFile(join(root, '.changeset', name), '');
  }
  for (const [name, text] of Object.entries(changelogs)) {
    await mkdir(join(root, 'packages', name), { recursive: true });
    await writeFile(join(root, 'packages', name, 'CHANGELOG.md'), text);
  }
  return root;
}

const LOG = '# a\n\n## 1.1.0\n\n- new\n\n## 1.0.0\n';

test.each([
  ['a release that is ready', ['1.1.0', '1.1.0'], [], []],
  ['a change that is in no changelog', ['1.1.0', '1.1.0'], ['brave-dogs.md'], ['brave-dogs.md in']],
  ['versions that differ', ['1.1.0', '1.0.0'], [], ['packages have versions 1.1.0 and 1.0.0']],
  [
    'a version without its changes',
    ['1.2.0', '1.2.0'],
    [],
    ['the changelog of @muster/a says nothing of 1.2.0', 'the changelog of @muster/b'],
  ],
  ['a version that another one begins with', ['1.1', '1.1'], [], ['of @muster/a', 'of @muster/b']],
])('%s', async (_, [a = '', b = ''], changes, said) => {
  const root = await repository({ a: LOG, b: LOG }, changes);
  const objections = await objectionsTo([tarball('a', a), tarball('b', b)], root);
  expect(objections).toEqual(said.map((part) => expect.stringContaining(part)));
});

const MANIFEST = { name: '@muster/bus', version: '1.2.0' };
const REPOSITORY = 'git+https://example.com/a/b.git';

test.each([
  [
    'a page',
    '[the guide](../../docs/guide/bus.md#retain)',
    '[the guide](https://example.com/a/b/blob/v1.2.0/docs/guide/bus.md#retain)',
    'the guide (`docs/guide/bus.md` of the repository)',
  ],
  [
    'a page that is called by its path',
    '[docs/errors.md](../../docs/errors.md)',
    '[docs/errors.md](https://example.com/a/b/blob/v1.2.0/docs/errors.md)',
    '`docs/errors.md` of the repository',
  ],
  ...['../codec/README.md', '../codec'].map((path) => {
    const npm = '[`@muster/codec`](https://www.npmjs.com/package/@muster/codec)';
    return [`${path}, another package`, `[\`@muster/codec\`](${path})`, npm, npm];
  }),
  ...['[here](#below)', '[there](https://example.org/x)'].map((link) => [link, link, link, link]),
])('a link of a README to %s works on npm', (_, link = '', linked, without) => {
  expect(publishedReadme(`See ${link}.`, MANIFEST, REPOSITORY)).toBe(`See ${linked}.`);
  expect(publishedReadme(`See ${link}.`, MANIFEST)).toBe(`See ${without}.`);
});

test.each([
  'https://example.com/a/b',
  'git+https://example.com/a/b.git',
  'git://example.com/a/b.git',
  'git@example.com:a/b.git',
  'git+ssh://git@example.com/a/b.git',
])('%s is shown at the address of the repository', (url) => {
  expect(webAddressOf(url)).toBe('https://example.com/a/b');
});
