// What a release would publish, read from the tarballs themselves, and what speaks against it.
import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** @typedef {{ file: string, name: string, version: string, files: string[], bytes: number, needs: string[] }} Tarball */

/**
 * Those in this folder, each after those that it needs.
 *
 * @param {string} folder
 * @returns {Promise<Tarball[]>}
 */
export async function tarballsIn(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).sort();
  const waiting = await Promise.all(names.map((name) => read(join(folder, name))));
  /** @type {Tarball[]} */
  const ordered = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ needs }) =>
      needs.every((name) => !waiting.some((other) => other.name === name)),
    );
    if (next < 0) throw new Error('These packages need each other in a circle');
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}

/**
 * Why these must not be published: one sentence each.
 *
 * @param {readonly Tarball[]} tarballs
 * @param {string} [root] of the repository
 */
export async function objectionsTo(tarballs, root = ROOT) {
  /** @type {string[]} */
  const objections = [];
  const changes = (await readdir(join(root, '.changeset'))).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
  if (changes.length > 0) {
    objections.push(
      `${changes.join(', ')} in .changeset: run \`npx -y pnpm@12 changeset version\`, read what it wrote, and commit it`,
    );
  }
  const versions = new Set(tarballs.map(({ version }) => version));
  if (versions.size > 1) objections.push(`packages have versions ${[...versions].join(' and ')}`);
  for (const { name, version } of tarballs) {
    const changelog = await readFile(
      join(root, 'packages', name.replace('@muster/', ''), 'CHANGELOG.md'),
      'utf8',
    );
    if (!changelog.includes(`\n## ${version}\n`)) {
      objections.push(`the changelog of ${name} says nothing of ${version}`);
    }
  }
  return objections;
}

/** @param {string} file @returns {Promise<Tarball>} */
async function read(file) {
  const list = await run('tar', ['-tzf', file]);
  const { stdout } = await run('tar', ['-xzOf', file, 'package/package.json']);
  const { name, version, dependencies = {} } = JSON.parse(stdout);
  return {
    file,
    name,
    version,
    files: list.stdout
      .trim()
      .split('\n')
      .map((path) => path.replace('package/', '')),
    bytes: (await stat(file)).size,
    needs: Object.keys(dependencies),
  };
}
